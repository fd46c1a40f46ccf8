"""What is kept of a secret that must be known again, not read."""

from hashlib import sha256


def fingerprint(secret: str) -> str:
    """Give the SHA-256 of a secret, or of a text, in hexadecimal.

    Enough for what is drawn at random with 128 bits or more; anything people choose or could guess goes
    through ``make_password``, or through an HMAC under a key that is not in the database.
    """
    return sha256(secret.encode()).hexdigest()
