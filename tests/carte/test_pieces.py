"""Pieces: what a profile accepts, depositing, replacing, deleting; rows and files agree whatever fails."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Assure
from carte.commandes import NotADraft, OrderRefused
from carte.enums import CommandeState, IdentiteNature, PieceKind
from carte.images import PictureRefused
from carte.models import Commande, Page, Piece
from carte.pieces import delete_piece, deposit_piece, name_identite
from tests.carte.pictures import corners, encoded, padded, plain
from tests.factories import (
    DAY,
    NOW,
    AdresseFactory,
    CommandeFactory,
    PieceFactory,
    assure_ready,
    jpeg,
)

PHOTO, IDENTITE = PieceKind.PHOTO, PieceKind.IDENTITE
Files = Callable[[], set[str]]


def deposit(commande: Commande, data: bytes | None = None, kind: PieceKind = PHOTO, **fields: Any) -> Piece:
    facts = {"label": "moi.jpg", "now": NOW, "data": jpeg() if data is None else data}
    return deposit_piece(commande=commande, kind=kind, **facts | fields)


def content(piece: Piece) -> bytes:
    with piece.pages.get().file.open("rb") as file:
        return file.read()


def name(piece: Piece) -> str:
    return piece.pages.get().file.name


def rows() -> set[str]:
    return set(Page.objects.values_list("file", flat=True))


@pytest.fixture
def draft(db: None, pieces_root: object) -> Commande:  # noqa: ARG001
    return CommandeFactory()


@pytest.fixture
def committed(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[..., Any]:
    """Call a function as if its transaction were the outermost: what waits for the commit is done."""

    def call(function: Callable[..., Any], **kwargs: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return function(**kwargs)

    return call


# --- Depositing --------------------------------------------------------------------------------


def test_deposit_stores_a_rewritten_jpeg_and_what_is_known_of_it(
    draft: Commande, stored_files: Files
) -> None:
    data = padded(encoded(corners(), "PNG"), 70_000)
    piece = deposit(draft, data, label="C:\\photos\\moi.jpg")
    stored = content(piece)
    with Image.open(io.BytesIO(stored)) as image:
        assert (image.format, image.size) == ("JPEG", (320, 400))
    assert (piece.width, piece.height, piece.weight, piece.label) == (320, 400, 70_000, "moi.jpg")
    assert (piece.pages.get().sha256, piece.deposited_at) == (hashlib.sha256(stored).hexdigest(), NOW)
    assert stored_files() == rows() == {name(piece)}
    draft.refresh_from_db()
    assert draft.touched_at == NOW


SIDES = {PHOTO: ((2000, 1500), (2000, 1500)), IDENTITE: ((2800, 1400), (2400, 1200))}


@pytest.mark.parametrize("kind", SIDES)
def test_deposit_keeps_the_long_side_of_its_kind(draft: Commande, kind: PieceKind) -> None:
    """P4."""
    found, kept = SIDES[kind]
    piece = deposit(draft, padded(plain(*found), 60_000), kind)
    with Image.open(io.BytesIO(content(piece))) as image:
        assert ((piece.width, piece.height), image.size) == (found, kept)


def test_deposit_names_files_at_random(draft: Commande) -> None:
    """P5."""
    names = [name(deposit(draft, label="moi.jpg")) for _ in range(2)]
    assert [len(name) for name in names] == [35, 35]
    assert len(set(names)) == 2


def test_deposit_again_takes_the_place_of_the_first(
    draft: Commande, stored_files: Files, committed: Callable[..., Any]
) -> None:
    committed(deposit, commande=draft)
    committed(deposit, commande=draft, kind=IDENTITE)
    second = committed(deposit, commande=draft, label="mieux.jpg")
    assert draft.pieces.get(kind=PHOTO) == second
    assert stored_files() == rows()
    assert len(rows()) == 2


def test_file_of_the_piece_replaced_lasts_until_the_commit(draft: Commande, stored_files: Files) -> None:
    names = {name(deposit(draft)), name(deposit(draft))}
    assert stored_files() == names


REFUSALS: dict[str, tuple[Callable[[Commande], Any], type[Exception]]] = {
    "the picture": (lambda _c: None, PictureRefused),
    "E12": (lambda c: AdresseFactory(assure=c.author, waiting=True), OrderRefused),
    "E8": (lambda c: c.author.adresses.update(npai_since=NOW), OrderRefused),
    "sent meanwhile": (
        lambda c: Commande.objects.filter(pk=c.pk).update(
            state="SUBMITTED", motif="FIRST", submitted_at=NOW, expected_at=NOW
        ),
        NotADraft,
    ),
}


@pytest.mark.parametrize(("arrives", "error"), REFUSALS.values(), ids=REFUSALS)
def test_deposit_refused_keeps_what_was_there(
    draft: Commande, stored_files: Files, arrives: Callable[[Commande], Any], error: type[Exception]
) -> None:
    first = deposit(draft)
    arrives(draft)
    with pytest.raises(error):
        deposit(draft, b"no picture" if error is PictureRefused else jpeg(), now=NOW)
    assert (rows(), stored_files()) == ({name(first)}, {name(first)})


def test_deposit_passes_while_a_form_leaves(draft: Commande) -> None:
    """E11 keeps from sending, not from preparing."""
    fields = {"state": "OPPOSED", "form_due_at": NOW, "online_again_at": NOW + DAY}
    draft.beneficiaire.cartes.create(
        nir="x", serial="1", made_on=NOW.date(), caisse=draft.caisse, opposed_at=NOW, **fields
    )
    assert deposit(draft).commande == draft


@pytest.mark.parametrize(
    "broken", ["carte.pieces._drop", "carte.pieces.touch_draft", "carte.models.Page.save"]
)
def test_deposit_that_breaks_leaves_rows_and_files_as_they_were(
    draft: Commande, stored_files: Files, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    first = deposit(draft)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(broken, fail)
    with pytest.raises(RuntimeError):
        deposit(draft)
    assert (rows(), stored_files()) == ({name(first)}, {name(first)})


def test_deposit_on_a_full_disk_leaves_rows_and_files_as_they_were(
    draft: Commande, stored_files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = deposit(draft)

    def fail(*_args: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", fail)
    with pytest.raises(OSError, match="No space left"):
        deposit(draft)
    assert (rows(), stored_files()) == ({name(first)}, {name(first)})


# --- Deleting, naming --------------------------------------------------------------------------


def test_delete_removes_row_and_file_and_no_other(
    draft: Commande, stored_files: Files, committed: Callable[..., Any]
) -> None:
    deposit(draft)
    other = deposit(draft, kind=IDENTITE)
    committed(delete_piece, commande=draft, kind=PHOTO, now=NOW + DAY)
    assert stored_files() == rows() == {name(other)}
    draft.refresh_from_db()
    assert draft.touched_at == NOW + DAY


def test_delete_twice_is_deleting_once(draft: Commande, committed: Callable[..., Any]) -> None:
    deposit(draft)
    for _ in range(2):
        committed(delete_piece, commande=draft, kind=PHOTO, now=NOW)
    assert rows() == set()


def test_delete_of_a_file_that_resists_is_told_to_the_log_alone(
    draft: Commande,
    committed: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    deposit(draft)

    def fail(*_args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(FileSystemStorage, "delete", fail)
    committed(delete_piece, commande=draft, kind=PHOTO, now=NOW)
    assert (rows(), [record.levelname for record in caplog.records]) == (set(), ["ERROR"])


@pytest.mark.usefixtures("db", "pieces_root")
def test_sent_order_keeps_its_pieces(stored_files: Files) -> None:
    sent = CommandeFactory(author=assure_ready(), state=CommandeState.SUBMITTED)
    piece = PieceFactory(commande=sent, kind=IDENTITE)
    with pytest.raises(NotADraft):
        delete_piece(commande=sent, kind=IDENTITE, now=NOW)
    with pytest.raises(NotADraft):
        name_identite(commande=sent, nature=IdentiteNature.OTHER, now=NOW)
    piece.refresh_from_db()
    assert (piece.nature, stored_files()) == (IdentiteNature.PASSEPORT, {name(piece)})


@pytest.mark.parametrize("nature", IdentiteNature)
def test_nature_is_that_of_the_piece_d_identite(draft: Commande, nature: IdentiteNature) -> None:
    photo, identite = deposit(draft), deposit(draft, kind=IDENTITE)
    wholes = [photo.is_whole, identite.is_whole]
    name_identite(commande=draft, nature=nature, now=NOW)
    identite.refresh_from_db()
    photo.refresh_from_db()
    assert (wholes, identite.is_whole, photo.nature, identite.nature) == ([True, False], True, "", nature)


def test_deposit_by_the_other_parent_of_a_child_with_an_order_open(assure: Assure, draft: Commande) -> None:
    other = CommandeFactory(author=assure, beneficiaire=draft.beneficiaire, state=CommandeState.SUBMITTED)
    with pytest.raises(OrderRefused) as refusal:
        deposit(draft)
    assert [obstacle.subject for obstacle in refusal.value.answer.obstacles] == [other]
