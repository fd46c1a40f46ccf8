"""Where the sealed files lie when they lie in a folder, and how the address of another store is read.

A store of sealed files does two things more than Django's own: it gives the first bytes of a file, and
puts other bytes under the same name in one stroke. ``vitale_portal/s3.py`` is the other one.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

# What a rotation writes beside a file before it takes its name. One left behind by a kill has no row, and
# is removed as such by the sweep of files an hour later.
ASIDE = ".aside"


class StoreAway(OSError):
    """The store does not answer, or says that it cannot now."""


class Replaces(Protocol):
    """What a rotation asks of a store on top of what every storage does."""

    def first_bytes(self, name: str, count: int) -> bytes:
        """Give the first bytes of a file. Raises ``FileNotFoundError``."""

    def replace(self, name: str, content: bytes) -> None:
        """Put other bytes under a name that is there, whole or not at all. Raises ``FileNotFoundError``."""


class FolderStorage(FileSystemStorage):
    """A folder of this machine."""

    def first_bytes(self, name: str, count: int) -> bytes:
        """Give the first bytes of a file. Raises ``FileNotFoundError``."""
        with Path(self.path(name)).open("rb") as file:
            return file.read(count)

    def replace(self, name: str, content: bytes) -> None:
        """Write aside, to the disk, then rename: who reads meanwhile has the one or the other, whole.

        Raises ``FileNotFoundError`` when the name is no longer there.
        """
        path = Path(self.path(name))
        descriptor, aside = tempfile.mkstemp(suffix=ASIDE, prefix=".", dir=path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.stat()
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Bucket:
    """A bucket of an S3-compatible store. Without a key, boto3 looks for one where it always does."""

    endpoint: str
    name: str
    region: str
    key_id: str | None
    secret: str | None

    @property
    def is_encrypted_on_the_way(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.endpoint.startswith("https://")


def parse_bucket(text: str) -> Bucket:
    """Read « https://key:secret@host/bucket?region=… », key and secret percent-encoded.

    Raises ``ImproperlyConfigured``, with a message that never holds the secret.
    """
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise ImproperlyConfigured("VITALE_PIECES_BUCKET n’est pas une adresse.") from error
    name = parts.path.strip("/")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not name or "/" in name:
        raise ImproperlyConfigured("VITALE_PIECES_BUCKET s’écrit https://clé:secret@hôte/godet?region=…")
    return Bucket(
        endpoint=f"{parts.scheme}://{parts.hostname}{port}",
        name=name,
        region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
        key_id=unquote(parts.username) if parts.username else None,
        secret=unquote(parts.password) if parts.password else None,
    )
