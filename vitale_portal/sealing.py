"""Bytes encrypted at rest, in a file or in a column: what lies on the disk tells nothing (P5).

As sealed, all lengths in bytes::

    magic 4 | version 1 | length of the key's id 1 | id of the key | nonce 12 | AES-256-GCM, its tag last

What comes before the nonce and where it stands (the name of a file, a column) are authenticated with the
content: what was changed, or put in another's place, does not open. Keys come from
``VITALE_PIECES_KEYS``: the first one seals, all of them read.
"""

import binascii
import re
import secrets
from base64 import b64decode
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.db import models

MAGIC = b"VTLP"
VERSION = 1
NONCE_BYTES = 12
KEY_BYTES = 32
BEGINNING = MAGIC + bytes([VERSION])
_PREFIX = len(MAGIC) + 2
HEAD_BYTES = _PREFIX + 32  # enough of what is sealed to read the id of its key
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Unreadable(Exception):
    """What is sealed is not what was sealed there, or its key is not among ours."""


def parse_keys(text: str) -> dict[str, bytes]:
    """Read « id:base64key,id:base64key » and return the keys by id, in order, the one that seals first.

    Raises ``ImproperlyConfigured``: no key, an id that is none or comes twice, a key that is not 32
    bytes or comes twice. The message never holds a key.
    """
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, encoded = entry.partition(":")
        key = _decoded(encoded)
        if not _KEY_ID.fullmatch(name):
            raise ImproperlyConfigured("un identifiant de clé a 1 à 32 lettres, chiffres, « - » ou « _ ».")
        if len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"la clé « {name} » ne fait pas {KEY_BYTES} octets en base 64.")
        if name in keys or key in keys.values():
            raise ImproperlyConfigured(f"la clé « {name} » est donnée deux fois.")
        keys[name] = key
    if not keys:
        raise ImproperlyConfigured("aucune clé pour chiffrer les pièces.")
    return keys


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def check_pieces_keys(**_options: Any) -> list[Error]:
    """System check: nothing starts without good keys."""
    try:
        parse_keys(settings.VITALE_PIECES_KEYS)
    except ImproperlyConfigured as error:
        hint = "« make environment » en écrit une dans var/portal.env ; en production, docs/operations.md."
        return [Error(f"VITALE_PIECES_KEYS : {error}", hint=hint, id="vitale_portal.E002")]
    return []


class Sealer:
    """Seals and unseals with the keys of one setting (see ``parse_keys``)."""

    def __init__(self, keys: str) -> None:
        self._keys = {name: AESGCM(key) for name, key in parse_keys(keys).items()}

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Give the ids of the keys, the one that seals first."""
        return tuple(self._keys)

    def seal(self, content: bytes, place: bytes) -> bytes:
        """Seal a content for the place it will stand in."""
        key_id, key = next(iter(self._keys.items()))
        head = MAGIC + bytes([VERSION, len(key_id)]) + key_id.encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        return head + nonce + key.encrypt(nonce, content, head + place)

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """Give the content sealed for that place. Raises ``Unreadable``."""
        name = key_id_of(sealed)
        end = _PREFIX + len(name)
        head, nonce, rest = sealed[:end], sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
        key = self._keys.get(name.decode("ascii", "replace"))
        if key is None:
            raise Unreadable("its key is not among ours")
        try:
            return key.decrypt(nonce, rest, head + place)
        except (InvalidTag, ValueError) as error:  # ValueError: cut before the end of the nonce
            raise Unreadable("changed since it was sealed") from error


def key_id_of(sealed: bytes) -> bytes:
    """Give the id of the key something was sealed with. Raises ``Unreadable`` when it is nothing of ours."""
    if len(sealed) < _PREFIX or sealed[: len(MAGIC)] != MAGIC or sealed[len(MAGIC)] != VERSION:
        raise Unreadable("not sealed by us")
    return sealed[_PREFIX : _PREFIX + sealed[_PREFIX - 1]]


@lru_cache(maxsize=4)
def _sealer(keys: str) -> Sealer:
    return Sealer(keys)


def sealer() -> Sealer:
    """Give the sealer of the settings."""
    return _sealer(settings.VITALE_PIECES_KEYS)


def place_of_column(column: "models.Field[Any, Any]") -> bytes:
    """Give what is sealed into a column is bound to, where a row says no better: « table.column »."""
    return f"{column.model._meta.db_table}.{column.column}".encode()  # noqa: SLF001 -- documented


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """A text kept sealed: read and written as ``str``, nothing in the database but sealed bytes.

    It can be neither searched nor compared. Bound to its column, not to its row.
    """

    @property
    def place(self) -> bytes:
        """Give what a value is bound to."""
        return place_of_column(self)

    def get_prep_value(self, value: Any) -> Any:
        """Seal what goes to the database."""
        return value if value is None else sealer().seal(str(value).encode(), self.place)

    def from_db_value(self, value: Any, *_args: Any) -> str | None:
        """Open what comes from the database. Raises ``Unreadable``."""
        return None if value is None else sealer().unseal(bytes(value), self.place).decode()
