"""What authenticates the lines of the trace: a keyed hash, its key kept outside the database.

Who owns the database but not the key can neither change a line, nor write one, nor close the chain over one
that is missing. A mac is written « id of the key:hexadecimal HMAC-SHA-256 ».
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from vitale_portal.sealing import parse_keys

# The columns of a line that its mac covers, in order: all but its key, which its seal covers.
COLUMNS = (
    "reference",
    "act",
    "at",
    "by_id",
    "network_address",
    "beneficiaire_id",
    "caisse_id",
    "about",
    "words",
)

_ADDRESS = COLUMNS.index("network_address")


@lru_cache(maxsize=4)
def _keys(text: str, secret: str) -> dict[str, bytes]:
    if text:
        return parse_keys(text)
    return {"secret": hmac.digest(secret.encode(), b"accounts.trace", hashlib.sha256)}


def keys() -> dict[str, bytes]:
    """Give the keys by id, the one that signs first."""
    return _keys(settings.VITALE_TRACE_KEYS, settings.SECRET_KEY)


def check_trace_keys(**_options: Any) -> list[checks.CheckMessage]:
    """System check: nothing starts with malformed keys."""
    try:
        keys()
    except ImproperlyConfigured as error:
        return [
            checks.Error(f"VITALE_TRACE_KEYS : {error}", hint="Voir docs/operations.md.", id="accounts.E001")
        ]
    return []


def check_trace_keys_are_set(**_options: Any) -> list[checks.CheckMessage]:
    """System check of a deployment: the trace has keys of its own."""
    if settings.VITALE_TRACE_KEYS:
        return []
    words = "VITALE_TRACE_KEYS est vide : changer SECRET_KEY rendrait les traces impossibles à prouver."
    return [checks.Warning(words, hint="Voir docs/operations.md.", id="accounts.W001")]


def mac_of_line(columns: Sequence[Any]) -> str:
    """Give the mac of a line, its ``COLUMNS`` in order."""
    return mac_of(*_as_written(columns))


def is_mac_of_line(mac: str, columns: Sequence[Any]) -> bool:
    """Tell whether a mac is that of a line as it was read."""
    return is_mac_of(mac, *_as_written(columns))


def _as_written(columns: Sequence[Any]) -> list[Any]:
    """Give the columns whatever way a database spells a network address."""
    values = list(columns)
    if values[_ADDRESS] is not None:
        values[_ADDRESS] = _spelled(values[_ADDRESS])
    return values


@lru_cache(maxsize=10_000)
def _spelled(address: str) -> str:
    return str(ip_address(address))


def mac_of(*parts: Any) -> str:
    """Give the mac of these values, with the first key."""
    name, key = next(iter(keys().items()))
    return f"{name}:{_digest(key, name, parts)}"


def is_mac_of(mac: str, *parts: Any) -> bool:
    """Tell whether a mac is that of these values, with the key it names; never when that key is not ours."""
    name, _, digest = mac.partition(":")
    key = keys().get(name)
    return key is not None and hmac.compare_digest(digest.encode(), _digest(key, name, parts).encode())


def _digest(key: bytes, name: str, parts: tuple[Any, ...]) -> str:
    """Hash values written so that no two lists of them read the same, instants in UTC to the microsecond."""
    text = json.dumps([name, *parts], default=_plain, separators=(",", ":"))
    return hmac.digest(key, text.encode(), "sha256").hex()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)
