"""Sealed files in a bucket of an S3-compatible store (``VITALE_PIECES_BUCKET``, ``requirements/s3.txt``).

What a store answers is told as a file system would tell it, so that nobody above has to know where files
lie: ``FileNotFoundError``, ``FileExistsError``, ``OSError`` (``StoreAway`` when it may pass). Nothing in the
bucket is public, no address of it is ever given away, and what lies in it is sealed before it leaves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage

from vitale_portal.at_rest import StoreAway, parse_bucket

_ABSENT = frozenset({404})
_TAKEN = frozenset({409, 412})
_REFUSED = range(400, 500)
# Seconds. A store that does not answer must not hold the threads of the web server.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"max_attempts": 3, "mode": "standard"},
    s3={"addressing_style": "path"},
    # Many compatible stores do not know the newer checksums; ours is the tag of AES-GCM.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@contextmanager
def _as_a_file_system(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status in _ABSENT:
            raise FileNotFoundError(name) from error
        if status in _TAKEN:
            raise FileExistsError(name) from error
        raise (OSError if status in _REFUSED else StoreAway)(f"{name}: {status}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StoreAway(f"{name}: {type(error).__name__}") from error


class BucketStorage(S3Storage):  # type: ignore[misc]
    """The bucket that ``at`` names (see ``parse_bucket``)."""

    def __init__(self, *, at: str) -> None:
        bucket = parse_bucket(at)
        super().__init__(
            endpoint_url=bucket.endpoint,
            bucket_name=bucket.name,
            region_name=bucket.region,
            access_key=bucket.key_id,
            secret_key=bucket.secret,
            client_config=_CONFIG,
        )

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        """Store under a name that is free, and never over another. Raises ``FileExistsError``."""
        self._put(name, b"".join(content.chunks()), IfNoneMatch="*")
        return name

    def _put(self, name: str, content: bytes, **conditions: str) -> None:
        with _as_a_file_system(name):
            self._client.put_object(
                Bucket=self.bucket_name,
                Key=name,
                Body=content,
                ContentType="application/octet-stream",
                **conditions,
            )

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg] # noqa: ARG002 - read
        """Fetch a file whole. Raises ``FileNotFoundError``."""
        return ContentFile(self._get(name), name)

    def _get(self, name: str, **options: str) -> bytes:
        with _as_a_file_system(name):
            answer = self._client.get_object(Bucket=self.bucket_name, Key=name, **options)
            content: bytes = answer["Body"].read()
        return content

    def first_bytes(self, name: str, count: int) -> bytes:
        """Give the first bytes of a file. Raises ``FileNotFoundError``."""
        return self._get(name, Range=f"bytes=0-{count - 1}")

    def replace(self, name: str, content: bytes) -> None:
        """Put other bytes under a name that is there: a store does that whole or not at all.

        Raises ``FileNotFoundError`` when the name is no longer there.
        """
        with _as_a_file_system(name):
            tag = self._client.head_object(Bucket=self.bucket_name, Key=name)["ETag"]
        try:
            self._put(name, content, IfMatch=tag)
        except FileExistsError as error:  # written or removed since: it is no longer the one that was read
            raise FileNotFoundError(name) from error

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with _as_a_file_system(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Tell whether a file is there."""
        with _as_a_file_system(name):
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Give the folders and the files of a folder."""
        with _as_a_file_system(path):
            folders, files = super().listdir(path)
        return list(folders), list(files)

    def get_modified_time(self, name: str) -> datetime:
        """Give the instant the file was stored. Raises ``FileNotFoundError``."""
        with _as_a_file_system(name):
            stored: datetime = super().get_modified_time(name)
        return stored

    def url(self, name: str, *_args: Any, **_options: Any) -> str:
        """Refuse: a file is read through the portal's own check, and nowhere else (P5)."""
        raise NotImplementedError(name)
