"""Sealed files in a bucket, before a server of S3 on the loopback (moto: a double, not a store) (P5)."""

import logging
import socket
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from accounts.models import Assure
from carte.enums import PieceKind
from carte.models import Page
from carte.orphelins import lost_pages, orphans, sweep_files
from suivi.sante import readiness
from suivi.verification.fichiers import each_file_has_its_page, each_page_has_its_file
from tests.factories import whole_draft
from vitale_portal.at_rest import Bucket, StoreAway, parse_bucket
from vitale_portal.rotation import rotate
from vitale_portal.s3 import BucketStorage
from vitale_portal.storage import FileUnreadable

BUCKET = "pieces"
NAME = "ab/abcdef"
SECRET = b"\xff\xd8\xff\xe0 the picture of Camille Morel"
LATER = timedelta(hours=2)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    double = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    double.start()
    host, port = double.get_host_and_port()
    yield f"{host}:{port}"
    double.stop()


@pytest.fixture(autouse=True)
def bucket(server: str, settings: Settings) -> Iterator[Any]:
    """An empty bucket where the portal keeps its files, as who holds the keys of the store sees it."""
    at = f"http://key:s%2Fcret@{server}/{BUCKET}"
    at_rest = {"BACKEND": "vitale_portal.s3.BucketStorage", "OPTIONS": {"at": at}}
    settings.STORAGES = settings.STORAGES | {"at_rest": at_rest}
    resource = boto3.resource(
        "s3",
        endpoint_url=f"http://{server}",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="s/cret",
    )
    found = resource.create_bucket(Bucket=BUCKET)
    yield found
    found.objects.all().delete()
    found.delete()


def raw(bucket: Any, name: str = NAME) -> bytes:
    content: bytes = bucket.Object(name).get()["Body"].read()
    return content


def names(bucket: Any) -> list[str]:
    return [entry.key for entry in bucket.objects.all()]


def test_content_comes_back_and_nothing_of_it_is_in_the_bucket(bucket: Any) -> None:
    default_storage.save(NAME, ContentFile(SECRET))
    assert default_storage.open(NAME).read() == SECRET
    assert raw(bucket).startswith(b"VTLP\x01\x05tests")
    assert [part for part in SECRET.split() if part in raw(bucket)] == []


def test_storage_tells_what_a_folder_would(bucket: Any) -> None:
    assert default_storage.listdir("") == ([], [])
    default_storage.save(NAME, ContentFile(SECRET))
    default_storage.save("cd/other", ContentFile(SECRET))
    assert (sorted(default_storage.listdir("")[0]), default_storage.listdir("ab")) == (
        ["ab", "cd"],
        ([], ["abcdef"]),
    )
    assert (default_storage.exists(NAME), default_storage.size(NAME)) == (True, len(SECRET))
    assert abs(default_storage.get_modified_time(NAME) - timezone.now()) < timedelta(minutes=1)
    default_storage.delete(NAME)
    default_storage.delete(NAME)
    assert names(bucket) == ["cd/other"]


@pytest.mark.parametrize("act", ["open", "size", "get_modified_time"])
def test_lost_file_is_a_missing_file(act: str) -> None:
    with pytest.raises(FileNotFoundError):
        getattr(default_storage, act)(NAME)


def test_name_taken_is_never_written_over(bucket: Any) -> None:
    default_storage.save(NAME, ContentFile(SECRET))
    before = raw(bucket)
    with pytest.raises(FileExistsError):
        storages["at_rest"]._save(NAME, ContentFile(b"another"))  # type: ignore[attr-defined] # noqa: SLF001
    assert default_storage.save(NAME, ContentFile(b"another")) != NAME
    assert raw(bucket) == before


def test_file_changed_in_the_bucket_is_noticed(bucket: Any) -> None:
    default_storage.save(NAME, ContentFile(SECRET))
    bucket.put_object(Key=NAME, Body=raw(bucket)[:-1] + b"!")
    with pytest.raises(FileUnreadable):
        default_storage.open(NAME)


def test_file_has_no_address() -> None:
    for storage in (default_storage, storages["at_rest"]):
        with pytest.raises(NotImplementedError):
            storage.url(NAME)


def test_what_is_replaced_is_there_and_what_went_does_not_come_back(bucket: Any) -> None:
    store = storages["at_rest"]
    assert isinstance(store, BucketStorage)
    store.save(NAME, ContentFile(b"before"))
    store.replace(NAME, b"after")
    assert (raw(bucket), store.first_bytes(NAME, 3)) == (b"after", b"aft")
    store.delete(NAME)
    with pytest.raises(FileNotFoundError):
        store.replace(NAME, b"again")
    assert names(bucket) == []


def test_store_that_is_away_says_so_and_tells_no_secret() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = f"http://key:secret@127.0.0.1:{port}/{BUCKET}"
    away = BucketStorage(at=at)
    for act in (lambda: away.exists(NAME), lambda: away.open(NAME), lambda: away.delete(NAME)):
        with pytest.raises(StoreAway, match="EndpointConnectionError") as told:
            act()
        assert "secret" not in str(told.value)


def test_wrong_bucket_is_no_missing_file_to_write_to(server: str) -> None:
    with pytest.raises(OSError, match="ab/abcdef"):
        BucketStorage(at=f"http://key:secret@{server}/elsewhere").save(NAME, ContentFile(b"x"))


@pytest.mark.django_db
def test_readiness_writes_and_reads_in_the_bucket(bucket: Any) -> None:
    assert readiness(timezone.now()).needed["stockage"]
    assert names(bucket) == []
    bucket.delete()
    assert not readiness(timezone.now()).needed["stockage"]
    bucket.create()


@pytest.mark.django_db
def test_orphans_and_lost_pages_are_found(bucket: Any) -> None:
    page, other = (
        whole_draft().pieces.get(kind=PieceKind.PHOTO).pages.get(),
        Page.objects.order_by("pk").last(),
    )
    assert other is not None
    default_storage.save("00/orphan", ContentFile(b"x"))
    now = timezone.now()
    assert (list(orphans(now)), list(orphans(now + LATER))) == ([], ["00/orphan"])
    bucket.Object(page.file.name).delete()
    assert list(lost_pages()) == [page]
    assert [one.row.split()[-1] for one in each_file_has_its_page(now + LATER)] == ["00/orphan"]
    assert [one.found for one in each_page_has_its_file()] == ["absent"]
    assert (sweep_files(now + LATER), names(bucket)) == (1, [other.file.name])


@pytest.mark.django_db
def test_author_sees_his_picture_and_a_stranger_none(assure_client: Client, assure: Assure) -> None:
    draft = whole_draft(author=assure)
    address = reverse("photo_image", args=[draft.reference])
    stored = default_storage.open(str(draft.pieces.get(kind=PieceKind.PHOTO).pages.get().file.name)).read()
    assert b"".join(assure_client.get(address)) == stored
    assert Client().get(address).status_code == 302


@pytest.mark.django_db
def test_rotation_seals_the_bucket_anew(bucket: Any, settings: Settings) -> None:
    whole_draft()
    new = f"new:{b64encode(bytes(range(32))).decode()}"
    settings.VITALE_PIECES_KEYS = f"{new},{settings.VITALE_PIECES_KEYS}"
    default = settings.STORAGES["default"]
    options = default["OPTIONS"] | {"keys": settings.VITALE_PIECES_KEYS}
    settings.STORAGES = settings.STORAGES | {"default": default | {"OPTIONS": options}}
    assert [rotate(dry_run=False)[-1].resealed, rotate(dry_run=False)[-1].resealed] == [2, 0]
    assert {raw(bucket, name)[6:9] for name in names(bucket)} == {b"new"}
    assert list(each_page_has_its_file()) == []


GOOD = {
    "whole": (
        "https://key:s%2Fe%40cret@s3.example:9000/pieces?region=fr-par",
        Bucket("https://s3.example:9000", "pieces", "fr-par", "key", "s/e@cret"),
    ),
    "without a key": (
        "https://s3.example/pieces",
        Bucket("https://s3.example", "pieces", "us-east-1", None, None),
    ),
    "not by TLS": (
        "http://key:secret@minio:9000/pieces/",
        Bucket("http://minio:9000", "pieces", "us-east-1", "key", "secret"),
    ),
}
BAD = {
    "no bucket": "https://key:hush@s3.example/",
    "a folder": "https://key:hush@s3.example/pieces/folder",
    "no host": "https:///pieces",
    "another scheme": "s3://key:hush@s3.example/pieces",
    "a port that is none": "https://key:hush@s3.example:port/pieces",
    "not an address": "pieces",
    "a bracket": "https://key:hush@[::1/pieces",
}


@pytest.mark.parametrize(("text", "bucket_read"), GOOD.values(), ids=GOOD)
def test_address_of_a_bucket_is_read(text: str, bucket_read: Bucket) -> None:
    assert parse_bucket(text) == bucket_read


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_wrong_address_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        parse_bucket(text)
    assert "hush" not in str(told.value)
