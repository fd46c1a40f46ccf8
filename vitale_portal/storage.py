"""Files encrypted at rest (P5): a storage that wraps another one, and knows nothing of what it keeps.

A file as stored, all lengths in bytes::

    magic 4 | version 1 | length of the key's id 1 | id of the key | nonce 12 | AES-256-GCM, its tag last

What comes before the nonce and the file's name are authenticated with the content: a file that was
changed, renamed or put in another's place does not open. Keys come from ``VITALE_PIECES_KEYS``: the
first one encrypts, all of them read.
"""

import binascii
import re
import secrets
from base64 import b64decode
from datetime import datetime
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

MAGIC = b"VTLP"
VERSION = 1
NONCE_BYTES = 12
KEY_BYTES = 32
_PREFIX = len(MAGIC) + 2
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class FileUnreadable(Exception):
    """A stored file is not what was stored under that name, or its key is not among ours."""


def parse_keys(text: str) -> dict[str, bytes]:
    """Read « id:base64key,id:base64key » and return the keys by id, in order, the one that encrypts first.

    Raises ``ImproperlyConfigured``: no key, an id that is none or comes twice, a key that is not 32
    bytes or comes twice. The message never holds a key.
    """
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, encoded = entry.partition(":")
        key = _decoded(encoded)
        if not _KEY_ID.fullmatch(name):
            raise ImproperlyConfigured("un identifiant de clé a 1 à 32 lettres, chiffres, « - » ou « _ ».")
        if len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"la clé « {name} » ne fait pas {KEY_BYTES} octets en base 64.")
        if name in keys or key in keys.values():
            raise ImproperlyConfigured(f"la clé « {name} » est donnée deux fois.")
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
        hint = "« make environment » en écrit une dans var/portal.env ; en production, docs/operations.md."
        return [Error(f"VITALE_PIECES_KEYS : {error}", hint=hint, id="vitale_portal.E002")]
    return []


class EncryptedStorage(Storage):
    """Encrypts what it saves and decrypts what it opens; ``alias`` names the storage that keeps it.

    Whole files are held in memory: it is made for pictures of a megabyte. There is no address and no path
    to such a file, as nobody may read it but through here.
    """

    def __init__(self, *, keys: str, alias: str) -> None:
        self._keys = {name: AESGCM(key) for name, key in parse_keys(keys).items()}
        self._alias = alias

    @property
    def _kept(self) -> Storage:
        return storages[self._alias]

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        """Encrypt and store. Raises ``FileExistsError`` when the name, which is sealed in, was just taken."""
        sealed = self._seal(name, b"".join(content.chunks()))
        stored = self._kept.save(name, ContentFile(sealed))
        if stored != name:
            self._kept.delete(stored)
            raise FileExistsError(name)
        return stored

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        """Decrypt the whole file. Raises ``FileNotFoundError``; ``FileUnreadable`` when it was changed."""
        if mode != "rb":
            raise ValueError("an encrypted file is opened to be read, as bytes")
        with self._kept.open(name, "rb") as file:
            return ContentFile(self._unseal(name, _whole(file)), name)

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        self._kept.delete(name)

    def exists(self, name: str) -> bool:
        """Tell whether a file is there."""
        return self._kept.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Give the folders and the files of a folder."""
        folders, files = self._kept.listdir(path)
        return list(folders), list(files)

    def size(self, name: str) -> int:
        """Give the size of the content, in bytes."""
        opened: int = self._open(name).size
        return opened

    def get_modified_time(self, name: str) -> datetime:
        """Give the instant the file was stored."""
        return self._kept.get_modified_time(name)

    def _seal(self, name: str, content: bytes) -> bytes:
        key_id, key = next(iter(self._keys.items()))
        head = MAGIC + bytes([VERSION, len(key_id)]) + key_id.encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        return head + nonce + key.encrypt(nonce, content, _bound(head, name))

    def _unseal(self, name: str, stored: bytes) -> bytes:
        if len(stored) < _PREFIX or stored[: len(MAGIC)] != MAGIC or stored[len(MAGIC)] != VERSION:
            raise FileUnreadable(f"{name}: not a file of ours")
        end = _PREFIX + stored[_PREFIX - 1]
        head, nonce, sealed = stored[:end], stored[end : end + NONCE_BYTES], stored[end + NONCE_BYTES :]
        key = self._keys.get(head[_PREFIX:].decode("ascii", "replace"))
        if key is None:
            raise FileUnreadable(f"{name}: its key is not among ours")
        try:
            return key.decrypt(nonce, sealed, _bound(head, name))
        except (InvalidTag, ValueError) as error:  # ValueError: cut before the end of the nonce
            raise FileUnreadable(f"{name}: changed since it was stored") from error


def _whole(file: IO[Any]) -> bytes:
    content: bytes = file.read()
    return content


def _bound(head: bytes, name: str) -> bytes:
    """Give what is authenticated beside the content: the head, then the name."""
    return head + name.replace("\\", "/").encode()
