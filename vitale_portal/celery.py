"""The Celery application. Tasks live in each floor's ``tasks.py``; beat wakes their sweeps."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

from vitale_portal.production import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitale_portal.settings")

TRANSPORT_ALIASES["filesystem"] = "vitale_portal.broker:Transport"

app = Celery("vitale_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def refuse(**_signal: Any) -> None:
    """End a worker or a beat that starts with unsafe settings; Celery only logs other exceptions."""
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
