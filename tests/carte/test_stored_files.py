"""Stored files: unreadable on the disk, never shown once changed, none without a row or lost unseen (P5)."""

import logging
import os
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Assure
from carte.enums import CommandeState, PieceKind
from carte.models import Commande, Page
from carte.orphelins import FOLDERS, lost_pages, orphans, sweep_files
from carte.pieces import deposit_piece
from tests.factories import NOW, CommandeFactory, PageFactory, PieceFactory, explained, jpeg

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def root(pieces_root: Path) -> Path:
    """Where the bytes lie."""
    return pieces_root


def path_of(root: Path, page: Page) -> Path:
    return root / str(page.file.name)


def put(root: Path, name: str, age: timedelta) -> Path:
    """Store a file that no page has, as old as that at ``NOW``."""
    default_storage.save(name, ContentFile(b"left behind"))
    stored_at = (NOW - age).timestamp()
    os.utime(root / name, (stored_at, stored_at))
    return root / name


# --- On the disk ------------------------------------------------------------------------------


def test_deposited_picture_is_unreadable_on_the_disk(root: Path) -> None:
    deposit_piece(commande=CommandeFactory(), kind=PieceKind.PHOTO, data=jpeg(), label="camille.jpg", now=NOW)
    (path,) = (path for path in root.rglob("*") if path.is_file())
    raw, content = path.read_bytes(), Page.objects.get().file.open().read()
    assert (content[:3], content[-2:]) == (b"\xff\xd8\xff", b"\xff\xd9")
    assert [mark in raw for mark in (content[:8], b"camille", content[200:208], content[-8:])] == [False] * 4


def test_explanation_is_unreadable_on_the_disk(root: Path) -> None:
    """P7."""
    piece = explained(CommandeFactory())
    (page,) = piece.pages.all()
    words = [
        word for word in page.file.open().read().split() if len(word) > 4
    ]  # shorter ones turn up by chance
    raw = path_of(root, page).read_bytes()
    assert (len(words) > 2, [word for word in words if word in raw]) == (True, [])


# --- Served -----------------------------------------------------------------------------------


def spoil(path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))


def take_the_place(path: Path) -> None:
    """Put there another picture of ours, as it was stored under its own name."""
    other = PageFactory().file.name
    path.write_bytes((path.parent.parent / str(other)).read_bytes())


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a byte changed": spoil,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "emptied": lambda path: path.write_bytes(b""),
    "another of ours put there": take_the_place,
    "a plain picture put there": lambda path: path.write_bytes(jpeg()),
    "removed": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_file_is_shown_to_nobody(
    root: Path, assure: Assure, assure_client: Client, agent_client: Client, damage: Callable[[Path], object]
) -> None:
    commande = CommandeFactory(author=assure, state=CommandeState.SUBMITTED)
    piece = PieceFactory(commande=commande)
    path = path_of(root, piece.pages.get())
    of_author = reverse("photo_image", args=[commande.reference])
    of_agent = reverse("admin:carte_commande_image", args=[commande.reference, piece.pk, 1])
    both = [(assure_client, of_author), (agent_client, of_agent)]
    assert [browser.get(address).status_code for browser, address in both] == [200, 200]
    damage(path)
    logging.disable(logging.ERROR)  # the traceback is for the operator
    try:
        assert [browser.get(address).status_code for browser, address in both] == [404, 404]
    finally:
        logging.disable(logging.NOTSET)


def test_damaged_file_is_told_to_the_log(
    root: Path, assure: Assure, assure_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    page = PieceFactory(commande=CommandeFactory(author=assure)).pages.get()
    spoil(path_of(root, page))
    assure_client.get(reverse("photo_image", args=[page.piece.commande.reference]))
    told = [record.getMessage() for record in caplog.records if record.name == "carte.files"]
    assert told == [f"A page has no file that can be read: {page.pk}"]


# --- Files without a row ----------------------------------------------------------------------

STRAY = "ab/" + "0" * 32
AGES = {
    "just stored": (0 * SECOND, []),
    "a second less than an hour ago": (timedelta(hours=1) - SECOND, []),
    "an hour ago": (timedelta(hours=1), [STRAY]),
    "a day ago": (timedelta(days=1), [STRAY]),
}


@pytest.mark.parametrize(("age", "found"), AGES.values(), ids=AGES)
def test_file_no_page_has_is_an_orphan_after_an_hour(root: Path, age: timedelta, found: list[str]) -> None:
    put(root, STRAY, age)
    assert list(orphans(NOW)) == found


def test_sweep_removes_orphans_and_nothing_else(root: Path) -> None:
    kept = path_of(root, PieceFactory().pages.get())
    old = (NOW - timedelta(days=9)).timestamp()
    os.utime(kept, (old, old))
    strays = [put(root, f"{folder}/{'1' * 32}", timedelta(days=1)) for folder in ("00", "ff")]
    young = put(root, STRAY, timedelta(minutes=5))
    elsewhere = [root / "sauvegarde.tar", root / "lost+found" / "x"]
    for path in elsewhere:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"not ours")
        os.utime(path, (old, old))
    assert (sweep_files(NOW), sweep_files(NOW)) == (2, 0)
    assert [path.exists() for path in strays] == [False, False]
    assert [path.exists() for path in (kept, young, *elsewhere)] == [True] * 4


def test_every_name_a_page_can_get_is_looked_at() -> None:
    assert (len(FOLDERS), min(FOLDERS), max(FOLDERS)) == (256, "00", "ff")
    assert PageFactory().file.name.partition("/")[0] in FOLDERS


def test_empty_storage_has_neither_orphans_nor_lost_pages() -> None:
    assert (list(orphans(NOW)), list(lost_pages()), sweep_files(NOW)) == ([], [], 0)


# --- Rows without a file ----------------------------------------------------------------------


def test_page_without_its_file_is_lost(root: Path) -> None:
    kept, lost = PageFactory(), PageFactory()
    path_of(root, lost).unlink()
    assert (list(lost_pages()), Page.objects.count()) == ([lost], 2)
    assert path_of(root, kept).exists()


def test_sweep_tells_the_log_of_lost_pages_and_keeps_their_rows(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = PageFactory()
    path_of(root, page).unlink()
    assert sweep_files(NOW) == 0
    told = [record.getMessage() for record in caplog.records if record.name == "carte.orphelins"]
    assert told == [f"A page lost its file: page {page.pk}, order {Commande.objects.get().reference}"]
    assert Page.objects.get() == page


def test_queries_grow_with_the_folders_and_not_with_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr("carte.models.piece.token_hex", lambda _size: f"ab{next(numbers):030x}")
    found = []
    for more in (1, 3):
        PageFactory.create_batch(more)
        with CaptureQueriesContext(connection) as queries:
            assert (list(orphans(NOW)), list(lost_pages())) == ([], [])
        found.append(len(queries))
    assert found == [3, 3]
