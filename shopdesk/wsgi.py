"""The door that gunicorn knocks at."""

import os

from django.core.wsgi import get_wsgi_application

from shopdesk.base.requests import StrictRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
application = get_wsgi_application()
application.request_class = StrictRequest

from shopdesk import declared  # noqa: E402  the routes can be walked only once the applications are there

declared.refuse_undeclared()
