"""The project package: settings, urls, celery and the tools all floors share."""

from vitale_portal.celery import app as celery_app

__all__ = ["celery_app"]
