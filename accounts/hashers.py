"""How codes personnels and agents' passwords are hashed (A2)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class CodePersonnelHasher(Argon2PasswordHasher):
    """Argon2id at the minimum OWASP's ASVS allows: one pass, 46 MiB, one lane.

    Four times cheaper than Django's default, so that a small machine can let many people in at once;
    who guesses is stopped by the pauses and locks of A3.
    """

    time_cost = 1
    memory_cost = 46 * 1024  # KiB
    parallelism = 1
