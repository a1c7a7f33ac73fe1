# The desk in a container: web, worker, beat and migrate are the same image with another command.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.lock /tmp/requirements.lock
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.lock

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /srv/shopdesk --no-create-home desk \
 && install -d -o desk -g desk -m 0700 /var/lib/shopdesk /var/lib/shopdesk/private
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/shopdesk
COPY manage.py LICENSE ./
COPY shopdesk shopdesk
COPY orders orders
COPY delivery delivery
COPY reports reports
# STATIC_ROOT is what makes the desk serve compressed files with hashes in their names.
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=shopdesk.settings SHOPDESK_DATA=/var/lib/shopdesk MEDIA_ROOT=/var/lib/shopdesk/private \
    STATIC_ROOT=/srv/shopdesk/static_collected REMAP_SIGTERM=SIGQUIT
# Runs on secrets that exist in this step only.
RUN SHOPDESK_DATA=/tmp/build python manage.py collectstatic --no-input -v 0 \
 && SHOPDESK_DATA=/tmp/build python manage.py catalogues \
 && rm -rf /tmp/build
USER desk
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "shopdesk.wsgi:application", "--bind", "0.0.0.0:8000", "--preload", "--worker-class", "gthread", \
     "--threads", "8", "--timeout", "60", "--graceful-timeout", "20", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]
