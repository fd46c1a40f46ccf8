"""A stored page turned by its author: by a quarter, clockwise, as long as the piece is his to change."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from carte import pieces
from carte.commandes import NotADraft, OrderRefused
from carte.enums import CommandeState, PieceKind
from carte.faults import PieceFault
from carte.images import PictureRefused
from carte.models import Commande, Page, Piece
from carte.pieces import deposit_piece, locked_open, turn_piece
from tests.carte.documents import paged, painted, written
from tests.carte.pictures import BLUE, GREEN, RED, YELLOW, colours_at_corners, corners, encoded, padded, plain
from tests.factories import DAY, NOW, CommandeFactory, explained

PHOTO, IDENTITE = PieceKind.PHOTO, PieceKind.IDENTITE
Files = Callable[[], set[str]]
LATER = NOW + DAY


@pytest.fixture
def draft(db: None, pieces_root: object) -> Commande:  # noqa: ARG001
    return CommandeFactory()


def deposit(commande: Commande, data: bytes, kind: PieceKind = PHOTO) -> Piece:
    return deposit_piece(commande=commande, kind=kind, data=data, label="moi.jpg", now=NOW)


def photo(size: tuple[int, int] = (320, 400)) -> bytes:
    return padded(encoded(corners(*size)), 60_000)


def content(page: Page) -> bytes:
    with page.file.open("rb") as file:
        return file.read()


def about(colour: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return max(abs(one - other) for one, other in zip(colour, expected, strict=True)) <= 6


@pytest.mark.parametrize(
    ("turns", "expected"),
    [(1, (BLUE, RED, YELLOW, GREEN)), (2, (YELLOW, BLUE, GREEN, RED)), (4, (RED, GREEN, BLUE, YELLOW))],
)
def test_turned_page_shows_what_was_left_at_the_top(
    draft: Commande, turns: int, expected: tuple[Any, ...]
) -> None:
    deposit(draft, photo())
    for _ in range(turns):
        piece = turn_piece(commande=draft, kind=PHOTO, now=LATER)
    (page,) = piece.pages.all()
    jpeg = content(page)
    assert all(map(about, colours_at_corners(jpeg), expected))
    sides = (400, 320) if turns % 2 else (320, 400)
    with Image.open(io.BytesIO(jpeg)) as image:
        assert (image.size, dict(image.getexif())) == (sides, {})
    assert ((page.width, page.height), (piece.width, piece.height)) == (sides, sides)


def test_turned_page_takes_the_place_of_the_one_before(
    draft: Commande, stored_files: Files, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = deposit(draft, photo()).pages.get()
    with django_capture_on_commit_callbacks(execute=True):
        piece = turn_piece(commande=draft, kind=PHOTO, now=LATER)
    after = piece.pages.get()
    assert (after.pk, after.file.name != before.file.name, after.sha256 != before.sha256) == (
        before.pk,
        True,
        True,
    )
    assert stored_files() == {after.file.name}
    draft.refresh_from_db()
    assert (draft.touched_at, piece.deposited_at) == (LATER, NOW)


def test_one_page_of_several_is_turned(draft: Commande) -> None:
    """P4: the size a document came with is that of its first page."""
    document = paged(*[painted(colour, (0, 0, 300, 200)) for colour in (RED, GREEN)], size=(300, 200))
    deposit(draft, padded(written(document), 60_000), IDENTITE)
    piece = turn_piece(commande=draft, kind=IDENTITE, now=NOW, page=2)
    assert [(page.width, page.height) for page in piece.pages.all()] == [(1250, 833), (833, 1250)]
    assert (piece.width, piece.height) == (1250, 833)


def test_photo_too_low_once_turned_is_refused(draft: Commande, stored_files: Files) -> None:
    """P2: 260 px of width do for a photo, of height they do not."""
    piece = deposit(draft, padded(plain(260, 300), 60_000))
    known = stored_files()
    with pytest.raises(PictureRefused) as refusal:
        turn_piece(commande=draft, kind=PHOTO, now=NOW)
    (fault,) = refusal.value.faults
    assert (fault.code, fault.figures["found"].replace("\u00a0", " ")) == (PieceFault.TOO_SMALL, "300 × 260")
    piece.refresh_from_db()
    assert (piece.width, piece.height, stored_files()) == (260, 300, known)


def test_document_has_no_definition_to_keep(draft: Commande) -> None:
    deposit(draft, padded(plain(300, 100), 60_000), IDENTITE)
    piece = turn_piece(commande=draft, kind=IDENTITE, now=NOW)
    assert (piece.width, piece.height) == (100, 300)


@pytest.mark.parametrize(("kind", "page"), [(IDENTITE, 1), (PHOTO, 2), (PHOTO, 0)])
def test_page_that_is_not_there_is_not_turned(draft: Commande, kind: PieceKind, page: int) -> None:
    deposit(draft, photo())
    with pytest.raises(Page.DoesNotExist):
        turn_piece(commande=draft, kind=kind, now=NOW, page=page)


def test_explanation_is_not_turned(draft: Commande) -> None:
    """P7."""
    explained(draft)
    with pytest.raises(Page.DoesNotExist):
        turn_piece(commande=draft, kind=PHOTO, now=NOW)


SENT = {"state": "SUBMITTED", "motif": "FIRST", "submitted_at": NOW, "expected_at": NOW}
GONE: dict[str, tuple[Callable[[Commande], Any], type[Exception]]] = {
    "sent": (lambda c: Commande.objects.filter(pk=c.pk).update(**SENT), NotADraft),
    "E8": (lambda c: c.author.adresses.update(npai_since=NOW), OrderRefused),
}


@pytest.mark.parametrize(("arrives", "error"), GONE.values(), ids=GONE)
def test_turn_refused_keeps_what_was_there(
    draft: Commande, stored_files: Files, arrives: Callable[[Commande], Any], error: type[Exception]
) -> None:
    deposit(draft, photo())
    known = stored_files()
    arrives(draft)
    with pytest.raises(error):
        turn_piece(commande=draft, kind=PHOTO, now=NOW)
    assert stored_files() == known


def test_page_replaced_meanwhile_stays_as_it_is(
    draft: Commande,
    stored_files: Files,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """Two clicks at once turn once."""
    deposit(draft, photo())
    really = pieces.turned

    def turned_after_another(jpeg: bytes) -> Any:
        monkeypatch.setattr(pieces, "turned", really)
        turn_piece(commande=draft, kind=PHOTO, now=NOW)
        return really(jpeg)

    monkeypatch.setattr(pieces, "turned", turned_after_another)
    with django_capture_on_commit_callbacks(execute=True):
        piece = turn_piece(commande=draft, kind=PHOTO, now=NOW)
    page = piece.pages.get()
    assert ((page.width, page.height), stored_files()) == ((400, 320), {page.file.name})


def test_piece_of_an_order_to_correct_may_be_turned_by_who_says_so(draft: Commande) -> None:
    """D2: the states are the caller's; E1 to E12 are asked of a draft alone."""
    deposit(draft, photo())
    Commande.objects.filter(pk=draft.pk).update(**SENT | {"state": "TO_CORRECT"})
    with pytest.raises(NotADraft):
        turn_piece(commande=draft, kind=PHOTO, now=NOW)
    piece = turn_piece(commande=draft, kind=PHOTO, now=NOW, states=(CommandeState.TO_CORRECT,))
    assert (piece.width, piece.height) == (400, 320)


def test_order_purged_meanwhile_is_no_draft(draft: Commande) -> None:
    """C3."""
    Commande.objects.filter(pk=draft.pk).delete()
    with pytest.raises(NotADraft):
        locked_open(draft)
