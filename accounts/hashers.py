"""How codes personnels and agents' passwords are hashed (A2)."""

import hashlib
import hmac
from base64 import b64encode

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher


class CodePersonnelHasher(Argon2PasswordHasher):
    """Argon2id at the minimum OWASP's ASVS allows: one pass, 46 MiB, one lane.

    Four times cheaper than Django's default, so that a small machine can let many people in at once;
    who guesses is stopped by the pauses and locks of A3.
    """

    time_cost = 1
    memory_cost = 46 * 1024  # KiB
    parallelism = 1


class KeyedHasher(CodePersonnelHasher):
    """The same, of the code's HMAC under ``VITALE_CODES_KEY``, which is not in the database.

    Who has a copy of the database alone cannot try a single code, be it of six digits. Hashes made before
    there was a key are made anew at the next sign-in (Django).
    """

    algorithm = "argon2hmac"

    def encode(self, password: str, salt: str) -> str:
        """Hash a code."""
        return super().encode(_keyed(password), salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether a hash is that of a code."""
        return super().verify(_keyed(password), encoded)


def _keyed(code: str) -> str:
    digest = hmac.digest(settings.VITALE_CODES_KEY.encode(), code.encode(), hashlib.sha256)
    return b64encode(digest).decode()
