"""The door that gunicorn knocks at."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from shopdesk.base.requests import StrictRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
application = get_wsgi_application()
application.request_class = StrictRequest

from shopdesk import declared  # noqa: E402  the routes can be walked only once the applications are there

declared.refuse_undeclared()

# What the start made lives as long as the worker: left out of every later search for garbage, no page waits for one.
gc.collect()
gc.freeze()
