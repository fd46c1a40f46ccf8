"""Settings of the tests: the portal's own, with a cheap hash and plain static files."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "tests-only-not-a-secret-and-long-enough-for-the-checks")
os.environ.setdefault("VITALE_PIECES_KEYS", "tests:dGVzdHMtb25seS1ub3QtYS1zZWNyZXQtMzItYnl0ZXM=")
if "VITALE_VAR_DIR" not in os.environ:
    os.environ["VITALE_VAR_DIR"] = tempfile.mkdtemp(prefix="vitale-tests-")

from vitale_portal.settings import *  # noqa: F403
from vitale_portal.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "accounts.hashers.CodePersonnelHasher"]
# Hashed names give 404 under the live server.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
VITALE_ACCELERATION = 1.0
# The simulation refuses nothing and brings nothing back, unless a test asks.
VITALE_CENTRE_REFUSAL_RATE = VITALE_POST_RETURN_RATE = 0.0
# A worker of the tests starts with what no portal for real people may (vitale_portal/production.py).
SILENCED_SYSTEM_CHECKS = [f"vitale_portal.E{number:03}" for number in range(10, 28)]
