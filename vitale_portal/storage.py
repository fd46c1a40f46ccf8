"""Files encrypted at rest (P5): a storage that wraps another one, and knows nothing of what it keeps.

A file is sealed (see ``sealing``) for its name: one that was changed, renamed or put in another's place
does not open.
"""

from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

from vitale_portal.sealing import Sealer, Unreadable


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
        try:
            return ContentFile(self._sealer.unseal(sealed, _place(name)), name)
        except Unreadable as error:
            raise FileUnreadable(f"{name}: {error}") from error

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
