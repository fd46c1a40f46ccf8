"""Entry point of the web server."""

import os

import gunicorn.http.wsgi
from django.core.wsgi import get_wsgi_application

from vitale_portal.production import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitale_portal.settings")

# What « Server » says; gunicorn has no setting for it.
gunicorn.http.wsgi.SERVER = "portail"

application = get_wsgi_application()
refuse_unsafe_start()
