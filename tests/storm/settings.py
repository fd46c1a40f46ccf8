"""Settings of the storm: the portal's own, with a cheap hash, and a centre and a post that err."""

import os
from datetime import timedelta

from vitale_portal.settings import *  # noqa: F403
from vitale_portal.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# The storm is neither a demonstration nor for real people.
SILENCED_SYSTEM_CHECKS = [f"vitale_portal.E{number:03}" for number in range(10, 28)]
VITALE_CENTRE_REFUSAL_RATE = VITALE_POST_RETURN_RATE = 0.1
# A draft lives ten minutes of the storm, not thirty seconds: people are slow while servers fall.
VITALE_DRAFT_LIFE = timedelta(days=600)

if os.environ.get("STORM_WITHOUT_LOCK"):
    from django.db.models import QuerySet

    # No row is locked any more, anywhere: the storm must see it.
    QuerySet.select_for_update = lambda rows, *_args, **_options: rows.all()
