"""Files encrypted at rest (P5): what lies on the disk tells nothing, and what was changed does not open."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from vitale_portal.sealing import check_pieces_keys, parse_keys
from vitale_portal.storage import EncryptedStorage, FileUnreadable

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SECRET = b"\xff\xd8\xff\xe0 the picture of Camille Morel"
NAME = "ab/abcdef"


def entry(name: str, key: bytes) -> str:
    return f"{name}:{b64encode(key).decode()}"


def storage(*entries: str) -> EncryptedStorage:
    return EncryptedStorage(keys=",".join(entries or [entry("k1", KEY)]), alias="at_rest")


@pytest.fixture(autouse=True)
def root(pieces_root: Path) -> Path:
    """Where the bytes lie."""
    return pieces_root


def stored(root: Path, content: bytes = SECRET, name: str = NAME) -> Path:
    storage().save(name, ContentFile(content))
    return root / name


def test_content_comes_back_and_nothing_of_it_is_on_the_disk(root: Path) -> None:
    raw = stored(root).read_bytes()
    assert storage().open(NAME).read() == SECRET
    assert raw.startswith(b"VTLP\x01\x02k1")
    assert len(raw) == len(b"VTLP\x01\x02k1") + 12 + len(SECRET) + 16
    assert [part for part in SECRET.split() if part in raw] == []


def test_default_storage_encrypts(root: Path) -> None:
    default_storage.save(NAME, ContentFile(SECRET))
    assert (root / NAME).read_bytes().startswith(b"VTLP\x01\x05tests")
    assert default_storage.open(NAME).read() == SECRET


def test_stored_file_is_for_the_portal_alone(root: Path) -> None:
    path = stored(root)
    assert [oct(part.stat().st_mode)[-3:] for part in (path, path.parent)] == ["600", "700"]


@given(content=st.binary(max_size=2000))
def test_any_content_comes_back(content: bytes) -> None:
    name = default_storage.save("ab/any", ContentFile(content))
    assert (default_storage.open(name).read(), default_storage.size(name)) == (content, len(content))
    default_storage.delete(name)


def test_same_content_is_never_stored_alike(root: Path) -> None:
    assert stored(root, name="ab/one").read_bytes() != stored(root, name="ab/two").read_bytes()


def test_every_changed_byte_is_noticed(root: Path) -> None:
    path = stored(root)
    raw = path.read_bytes()
    opened = []
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        try:
            opened.append((place, storage().open(NAME).read()))
        except FileUnreadable:
            continue
    assert opened == []


def test_file_cut_anywhere_is_noticed(root: Path) -> None:
    path = stored(root)
    raw = path.read_bytes()
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(FileUnreadable):
            storage().open(NAME)


def test_file_grown_by_a_byte_is_noticed(root: Path) -> None:
    path = stored(root)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(FileUnreadable):
        storage().open(NAME)


def test_file_put_in_the_place_of_another_is_noticed(root: Path) -> None:
    one, two = stored(root, name="ab/one"), stored(root, name="ab/two")
    two.write_bytes(one.read_bytes())
    assert storage().open("ab/one").read() == SECRET
    with pytest.raises(FileUnreadable):
        storage().open("ab/two")


def test_plain_file_is_never_given_back(root: Path) -> None:
    path = root / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(SECRET)
    with pytest.raises(FileUnreadable):
        storage().open(NAME)


def test_lost_file_is_a_missing_file() -> None:
    with pytest.raises(FileNotFoundError):
        storage().open(NAME)


def test_first_key_encrypts_and_all_read(root: Path) -> None:
    before = stored(root, name="ab/before")
    both = storage(entry("k2", OTHER), entry("k1", KEY))
    both.save("ab/after", ContentFile(SECRET))
    assert both.open("ab/before").read() == both.open("ab/after").read() == SECRET
    assert (before.read_bytes()[6:8], (root / "ab/after").read_bytes()[6:8]) == (b"k1", b"k2")


@pytest.mark.parametrize(
    "keys", [entry("k2", KEY), entry("k1", OTHER)], ids=["the key under another id", "another key"]
)
def test_without_its_key_a_file_is_unreadable(root: Path, keys: str) -> None:
    stored(root)
    with pytest.raises(FileUnreadable):
        storage(keys).open(NAME)


def test_name_taken_is_never_written_over(root: Path) -> None:
    stored(root)
    name = storage().save(NAME, ContentFile(b"another"))
    assert (name != NAME, storage().open(name).read(), storage().open(NAME).read()) == (
        True,
        b"another",
        SECRET,
    )


def test_name_taken_at_the_last_moment_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(root)
    monkeypatch.setattr(EncryptedStorage, "exists", lambda *_: False)
    with pytest.raises(FileExistsError):
        storage().save(NAME, ContentFile(b"another"))
    assert [path.name for path in (root / "ab").iterdir()] == ["abcdef"]
    assert storage().open(NAME).read() == SECRET


@pytest.mark.parametrize("mode", ["r", "wb", "r+b"])
def test_file_is_only_opened_to_be_read_as_bytes(root: Path, mode: str) -> None:
    stored(root)
    with pytest.raises(ValueError, match="to be read"):
        storage().open(NAME, mode)


def test_file_has_neither_address_nor_path(root: Path) -> None:
    stored(root)
    for place in (storage().url, storage().path):
        with pytest.raises(NotImplementedError):
            place(NAME)


def test_the_rest_is_that_of_the_storage_underneath(root: Path) -> None:
    stored(root)
    ours, under = storage(), storages["at_rest"]
    assert (ours.exists(NAME), ours.listdir("ab")) == (True, ([], ["abcdef"]))
    assert ours.get_modified_time(NAME) == under.get_modified_time(NAME)
    ours.delete(NAME)
    assert (ours.exists(NAME), under.exists(NAME)) == (False, False)


BEFORE = {
    "none": None,
    "one without a key": "SECRET_KEY=old\nVITALE_DEMONSTRATION=true\n",
    "one that ends without a line end": "SECRET_KEY=old\nVITALE_DEMONSTRATION=true",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_make_environment_gives_a_key_once_and_keeps_the_rest(tmp_path: Path, before: str | None) -> None:
    make = ["make", "--file", str(settings.BASE_DIR / "Makefile"), "environment"]
    written = tmp_path / "var" / "portal.env"
    if before is not None:
        written.parent.mkdir()
        written.write_text(before)
        written.chmod(0o600)
    found = []
    for _ in range(2):
        subprocess.run(make, cwd=tmp_path, check=True, capture_output=True)
        found.append(dict(line.split("=", 1) for line in written.read_text().split("\n") if line))
    assert found[0] == found[1]
    assert set(found[0]) == {
        "SECRET_KEY",
        "VITALE_DEMONSTRATION",
        "VITALE_CODES_KEY",
        "VITALE_PIECES_KEYS",
    }
    assert before is None or found[0]["SECRET_KEY"] == "old"
    assert (len(parse_keys(found[0]["VITALE_PIECES_KEYS"])), written.stat().st_mode & 0o777) == (1, 0o600)


GOOD = {
    "one": (entry("k1", KEY), {"k1": KEY}),
    "two, the first one encrypts": (f"{entry('k2', OTHER)},{entry('k1', KEY)}", {"k2": OTHER, "k1": KEY}),
    "spaces and a comma too many": (f" {entry('k1', KEY)} , ", {"k1": KEY}),
    "base 64 of addresses": (f"k1:{'-_' * 21}8=", {"k1": bytes([0xFB, 0xFF, 0xBF] * 10 + [0xFB, 0xFF])}),
}
BAD = {
    "none": "",
    "commas alone": " , ,",
    "no id": f":{b64encode(KEY).decode()}",
    "no key": "k1:",
    "no colon": b64encode(KEY).decode(),
    "31 bytes": entry("k1", KEY[:31]),
    "33 bytes": entry("k1", KEY + b"!"),
    "not base 64": "k1:" + "é" * 44,
    "cut base 64": entry("k1", KEY)[:-2],
    "id with a space": entry("k 1", KEY),
    "id of 33 letters": entry("k" * 33, KEY),
    "id twice": f"{entry('k1', KEY)},{entry('k1', OTHER)}",
    "key twice": f"{entry('k1', KEY)},{entry('k2', KEY)}",
    "a good one, then a short one": f"{entry('k1', KEY)},{entry('k2', OTHER[:16])}",
}


@pytest.mark.parametrize(("text", "keys"), GOOD.values(), ids=GOOD)
def test_keys_are_read_in_order(text: str, keys: dict[str, bytes], settings: Settings) -> None:
    settings.VITALE_PIECES_KEYS = text
    assert list(parse_keys(text).items()) == list(keys.items())
    assert check_pieces_keys() == []


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_portal_does_not_start_on_a_bad_key_and_does_not_tell_it(text: str, settings: Settings) -> None:
    settings.VITALE_PIECES_KEYS = text
    (error,) = check_pieces_keys()
    assert (error.id, error.is_serious()) == ("vitale_portal.E002", True)
    assert b64encode(KEY).decode()[:20] not in str(error)
    with pytest.raises(ImproperlyConfigured):
        storage(text)
