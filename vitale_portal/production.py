"""What a portal for real people may not start with: a table of settings and sentences.

Real people: neither ``DEBUG`` nor ``VITALE_DEMONSTRATION``. Asked by ``check --deploy``, and at the start of
the web server, the worker and the beat, which refuse; management commands and the build of the image are let
be.
"""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import log2
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured

from vitale_portal.at_rest import parse_bucket
from vitale_portal.sealing import check_pieces_keys, parse_keys

SECRET_CHARACTERS = 50
SECRET_BITS = 128.0
PASSWORD_CHARACTERS = 16
KEY_DISTINCT_BYTES = 20  # of 32: drawn at random, fewer come once in 10⁹
_FORETOLD = re.compile(
    r"insecure|change|secret|example|password|default|tests-only|build-only|django", re.IGNORECASE
)
_MAILS_SENT = frozenset({"django.core.mail.backends.smtp.EmailBackend"})


def entropy(text: str) -> float:
    """Give the bits of a text whose characters would be drawn as often as they come in it."""
    counts = Counter(text)
    return -sum(count * log2(count / len(text)) for count in counts.values())


def _secret_key() -> bool:
    key = settings.SECRET_KEY
    return len(key) < SECRET_CHARACTERS or entropy(key) < SECRET_BITS or bool(_FORETOLD.search(key))


def _pieces_key() -> bool:
    try:
        key = next(iter(parse_keys(settings.VITALE_PIECES_KEYS).values()))
    except ImproperlyConfigured:
        return False  # another check tells
    return _is_no_random_key(key)


def _is_no_random_key(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return len(set(key)) < KEY_DISTINCT_BYTES or len(steps) < KEY_DISTINCT_BYTES // 2 or key.isascii()


def _codes_key() -> bool:
    key = _decoded(settings.VITALE_CODES_KEY)
    return settings.PASSWORD_HASHERS[0] != "accounts.hashers.KeyedHasher" or _is_no_random_key(key)


def _one_secret_for_two() -> bool:
    named = (settings.VITALE_PIECES_KEYS, settings.VITALE_TRACE_KEYS)
    sealing = (part.partition(":")[2].strip() for keys in named for part in keys.split(","))
    keys = [key for key in (settings.VITALE_CODES_KEY, *sealing) if key]
    signs = settings.SECRET_KEY.encode()
    shared = any(key in settings.SECRET_KEY or signs == _decoded(key) for key in keys)
    return shared or len({_decoded(key) for key in keys}) < len(keys)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, altchars=b"-_")
    except ValueError:
        return b""


def _any_host() -> bool:
    hosts = settings.ALLOWED_HOSTS
    return not hosts or any("*" in host or host.startswith(".") for host in hosts)


def _local_hosts_alone() -> bool:
    return set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]"}


def _public_address() -> bool:
    parts = urlsplit(settings.VITALE_PUBLIC_URL)
    return parts.scheme != "https" or parts.hostname not in settings.ALLOWED_HOSTS


def _plain_origin() -> bool:
    origins = settings.CSRF_TRUSTED_ORIGINS
    return any(not origin.startswith("https://") or "*" in origin for origin in origins)


def _embedded_database() -> bool:
    return not str(settings.DATABASE["ENGINE"]).endswith("postgresql")


def _database_password() -> bool:
    """Tell a password that is short or the name itself; none at all is peer or certificate."""
    password = str(settings.DATABASE.get("PASSWORD") or "")
    return bool(password) and (len(password) < PASSWORD_CHARACTERS or entropy(password) < PASSWORD_CHARACTERS)


def _mails_kept_here() -> bool:
    return settings.EMAIL_BACKEND not in _MAILS_SENT


def _mails_in_clear() -> bool:
    ciphered = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    return not _mails_kept_here() and not ciphered and not _is_beside(settings.EMAIL_HOST)


def _is_beside(host: str) -> bool:
    """Tell a host of this machine or of a private network of containers, which has no dot in its name."""
    return host in {"127.0.0.1", "::1"} or "." not in host


def _bucket_in_clear() -> bool:
    if not settings.VITALE_PIECES_BUCKET:
        return False
    try:
        bucket = parse_bucket(settings.VITALE_PIECES_BUCKET)
    except ImproperlyConfigured:
        return True
    return not bucket.is_encrypted_on_the_way and not _is_beside(urlsplit(bucket.endpoint).hostname or "")


_OPENSSL = "openssl rand -base64 48"
_OPERATIONS = "Voir docs/operations.md, « First start in production »."
# Number of the error, what is wrong, its sentence, what to do.
REFUSALS: tuple[tuple[int, Callable[[], bool], str, str], ...] = (
    (10, _secret_key, "SECRET_KEY est trop courte, ou n’a pas été tirée au hasard.", _OPENSSL),
    (11, _pieces_key, "La première clé de VITALE_PIECES_KEYS n’a pas été tirée au hasard.",
     'echo "k1:$(openssl rand -base64 32)"'),
    (12, _one_secret_for_two, "Deux des clés du portail sont la même, SECRET_KEY comprise.",
     "Tirez chacune à part : VITALE_CODES_KEY, VITALE_PIECES_KEYS, VITALE_TRACE_KEYS, SECRET_KEY."),
    (13, _any_host, "ALLOWED_HOSTS accepte n’importe quel nom.", "Nommez chaque hôte en entier."),
    (14, _local_hosts_alone, "ALLOWED_HOSTS ne nomme que cette machine.",
     "Nommez l’hôte que tapent les gens."),
    (15, lambda: not settings.VITALE_HTTPS, "VITALE_HTTPS est faux, les cookies passeraient en clair.",
     "VITALE_HTTPS=true, derrière un proxy qui termine TLS."),
    (16, lambda: settings.VITALE_HTTPS and settings.VITALE_PROXIES < 1,
     "VITALE_PROXIES vaut 0 derrière un proxy, tous les visiteurs auraient la même adresse.",
     "VITALE_PROXIES=1, ou le nombre de proxys traversés."),
    (17, _public_address, "VITALE_PUBLIC_URL n’est pas en https, ou n’est pas un hôte de ALLOWED_HOSTS.",
     _OPERATIONS),
    (18, _plain_origin, "CSRF_TRUSTED_ORIGINS a une origine sans https, ou avec « * ».",
     "Chaque origine en entier, avec https://."),
    (19, _embedded_database, "La base n’est pas PostgreSQL (DATABASE_URL).",
     "SQLite convient à une démonstration seulement."),
    (20, _database_password, "Le mot de passe de la base est trop court, ou se devine.",
     "openssl rand -hex 24"),
    (21, _mails_kept_here, "EMAIL_URL n’envoie rien, les courriels resteraient ici.",
     "smtp+tls://compte:mot-de-passe@hôte:587"),
    (22, _mails_in_clear, "EMAIL_URL envoie les courriels en clair à un hôte éloigné.",
     "smtp+tls:// ou smtp+ssl://"),
    (23, _bucket_in_clear, "VITALE_PIECES_BUCKET n’est pas une adresse en https.", _OPERATIONS),
    (24, lambda: not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")),
     "BROKER_URL n’est pas un Redis.",
     "La file en fichiers convient à une démonstration seulement."),
    (25, lambda: settings.VITALE_ACCELERATION != 1, "VITALE_ACCELERATION n’est pas 1.",
     "Le temps n’est accéléré que pour une démonstration."),
    (26, _codes_key, "VITALE_CODES_KEY est vide, ou n’a pas été tirée au hasard.", "openssl rand -base64 32"),
    (27, lambda: not settings.VITALE_SECURITY_CONTACT, "VITALE_SECURITY_CONTACT est vide.",
     "mailto:… ou https://…, l’adresse où signaler une faille."),
)  # fmt: skip


def is_for_real() -> bool:
    """Whether real people are served."""
    return not settings.DEBUG and not settings.VITALE_DEMONSTRATION


def check_production(**_options: Any) -> list[Error]:
    """System check of ``check --deploy``: what the portal refuses to start with."""
    if not is_for_real():
        told = (
            "DEBUG est vrai alors que le site est en HTTPS : une erreur montrerait le code et les réglages."
        )
        shown = settings.DEBUG and settings.VITALE_HTTPS
        return [Error(told, hint="DEBUG=false", id="vitale_portal.E028")] if shown else []
    return [
        Error(told, hint=hint, id=f"vitale_portal.E{number:03}")
        for number, holds, told, hint in REFUSALS
        if holds()
    ]


def refuse_unsafe_start() -> None:
    """Raise ``ImproperlyConfigured`` with every sentence; no word of a secret is in them."""
    found = [*check_pieces_keys(), *check_production()]
    errors = [error for error in found if not error.is_silenced()]
    if errors:
        lines = "\n".join(f"  - {error.msg} {error.hint} ({error.id})" for error in errors)
        raise ImproperlyConfigured(f"Le portail ne démarre pas avec ces réglages\N{NO-BREAK SPACE}:\n{lines}")
