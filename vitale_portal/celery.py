"""The Celery application. Tasks live in each floor's ``tasks.py``; beat wakes their sweeps."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitale_portal.settings")

TRANSPORT_ALIASES["filesystem"] = "vitale_portal.broker:Transport"

app = Celery("vitale_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
