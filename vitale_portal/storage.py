"""Files encrypted at rest (P5): a storage that wraps another one, and knows nothing of what it keeps.

A file is sealed (see ``sealing``) for its name: one that was changed, renamed or put in another's place
does not open.
"""

from datetime import datetime
from typing import IO, Any, cast

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

from vitale_portal.at_rest import Replaces
from vitale_portal.sealing import HEAD_BYTES, Sealer, Unreadable, key_id_of


class FileUnreadable(Exception):
    """A stored file is not what was stored under that name, or its key is not among ours."""


class EncryptedStorage(Storage):
    """Encrypts what it saves and decrypts what it opens; ``alias`` names the storage that keeps it.

    Whole files are held in memory: it is made for pictures of a megabyte. There is no address and no path
    to such a file, as nobody may read it but through here.
    """

    def __init__(self, *, keys: str, alias: str) -> None:
        self._sealer = Sealer(keys)
        self._alias = alias

    @property
    def _kept(self) -> Storage:
        return storages[self._alias]

    @property
    def _replaceable(self) -> Replaces:
        return cast("Replaces", self._kept)

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        """Encrypt and store. Raises ``FileExistsError`` when the name, which is sealed in, was just taken."""
        sealed = self._sealer.seal(b"".join(content.chunks()), _place(name))
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
            sealed = _whole(file)
        return ContentFile(self._unsealed(name, sealed), name)

    def _unsealed(self, name: str, sealed: bytes) -> bytes:
        try:
            return self._sealer.unseal(sealed, _place(name))
        except Unreadable as error:
            raise FileUnreadable(f"{name}: {error}") from error

    def key_id(self, name: str) -> str:
        """Tell which key sealed a file. Raises ``FileNotFoundError``, ``FileUnreadable``."""
        try:
            return key_id_of(self._replaceable.first_bytes(name, HEAD_BYTES)).decode("ascii", "replace")
        except Unreadable as error:
            raise FileUnreadable(f"{name}: {error}") from error

    def reseal(self, name: str) -> None:
        """Seal a file anew, with the first key, under its name; a reader sees it before or after.

        Raises ``FileNotFoundError``; ``FileUnreadable``, and then nothing was touched.
        """
        with self._kept.open(name, "rb") as file:
            content = self._unsealed(name, _whole(file))
        self._replaceable.replace(name, self._sealer.seal(content, _place(name)))

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


def _whole(file: IO[Any]) -> bytes:
    content: bytes = file.read()
    return content


def _place(name: str) -> bytes:
    return name.replace("\\", "/").encode()
