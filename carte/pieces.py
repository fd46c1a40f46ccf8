"""Pieces: what a profile accepts, depositing one, deleting one (P1 to P5)."""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from accounts.models import Regime
from carte.brouillons import touch_draft
from carte.commandes import NotADraft, OrderRefused
from carte.eligibilite import examine, facts_for
from carte.enums import CommandeState, IdentiteNature, PieceForm, PieceKind
from carte.files import remove_file, remove_files_on_commit
from carte.images import MIMES, Limits, PictureRefused, Sheet, definition_faults, read, turned
from carte.models import Commande, Page, Piece
from vitale_portal.transitions import lock

# The stored picture's long side at most, in px (P4).
LONG_SIDES = {PieceKind.PHOTO: 2000, PieceKind.IDENTITE: 2400}
# The pages a document may have (P4).
PAGES = {PieceKind.PHOTO: 1, PieceKind.IDENTITE: 4}
# The states in which the author may change a piece here.
DRAFTS = (CommandeState.DRAFT,)
LABEL_MAX = 120


def limits_for(regime: Regime, kind: PieceKind) -> Limits:
    """Give what a profile accepts for a piece: formats, bytes and, for a photo, px (P2)."""
    is_photo = kind == PieceKind.PHOTO
    formats = regime.photo_formats if is_photo else regime.piece_formats
    return Limits(
        formats=tuple(name for name in formats if name in MIMES),
        weight_min=regime.weight_min_bytes,
        weight_max=regime.weight_max_bytes,
        definition_min=_definition(regime.photo_width_min, regime.photo_height_min) if is_photo else None,
        definition_max=_definition(regime.photo_width_max, regime.photo_height_max) if is_photo else None,
        pages_max=PAGES[kind],
    )


def _definition(width: int | None, height: int | None) -> tuple[int, int] | None:
    return (width, height) if width and height else None


@dataclass(frozen=True)
class Reading:
    """A piece that was read, its pages already stored, its rows not saved yet."""

    piece: Piece
    pages: list[Page]

    def save(self) -> Piece:
        """Write the rows, in the caller's transaction."""
        self.piece.save()
        for page in self.pages:
            page.piece = self.piece
            page.save()
        return self.piece

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Open the transaction that saves it; whatever fails there, the stored pages are removed."""
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove the stored pages: their rows will not be."""
        for page in self.pages:
            remove_file(str(page.file.name))


def deposit_piece(*, commande: Commande, kind: PieceKind, data: bytes, label: str, now: datetime) -> Piece:
    """Deposit a piece, in place of the one that is there; the picture is rewritten before it is stored.

    ``data`` are the bytes as uploaded, ``label`` the name the file had. Raises ``PictureRefused`` with
    every fault, ``OrderRefused`` when the rules do not let it (asked again here), ``NotADraft`` when
    the order has left. Whatever fails, the draft keeps what it had.
    """
    with transaction.atomic():
        _check_rules(locked_open(commande), now)
    reading = read_piece(commande=commande, kind=kind, data=data, label=label, now=now)
    return put_in_place(commande=commande, reading=reading, now=now)


def put_in_place(*, commande: Commande, reading: Reading, now: datetime) -> Piece:
    """Put a piece of a draft in the place of the one of its kind; its pages are removed if it can't be.

    Raises ``OrderRefused`` when the rules do not let it, ``NotADraft``: the draft keeps what it had.
    """
    with reading.placing():
        _check_rules(locked_open(commande), now)
        _drop(commande, PieceKind(reading.piece.kind))
        piece = reading.save()
        touch_draft(commande, now)
    return piece


def read_piece(*, commande: Commande, kind: PieceKind, data: bytes, label: str, now: datetime) -> Reading:
    """Read an uploaded file and store its pages; the rows are not saved yet. Raises ``PictureRefused``."""
    picture = read(data, limits=limits_for(commande.author.caisse.regime, kind), long_side=LONG_SIDES[kind])
    piece = Piece(
        commande=commande,
        kind=kind,
        label=clean_label(label),
        width=picture.found_width,
        height=picture.found_height,
        weight=len(data),
        deposited_at=now,
    )
    reading = Reading(piece, [])
    try:
        for rank, sheet in enumerate(picture.pages, 1):
            reading.pages.append(_store(Page(number=rank), sheet))
    except BaseException:
        reading.discard()
        raise
    return reading


def _store(page: Page, sheet: Sheet) -> Page:
    """Store a sheet under a new name and point the page to it; the row is not saved."""
    page.width, page.height = sheet.width, sheet.height
    page.sha256 = hashlib.sha256(sheet.jpeg).hexdigest()
    page.file.save("", ContentFile(sheet.jpeg), save=False)
    return page


def clean_label(name: str) -> str:
    """Keep of a file's name what can be shown: no path, no control or direction mark, 120 characters (P4)."""
    base = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in base if char.isprintable()).strip()
    return shown[:LABEL_MAX] or "document"


def _check_rules(commande: Commande, now: datetime) -> None:
    answer = examine(facts_for(commande.author, commande.beneficiaire), now)
    if not answer.may_deposit:
        raise OrderRefused(answer)


def delete_piece(*, commande: Commande, kind: PieceKind, now: datetime) -> None:
    """Delete a piece of a draft, and its file. Nothing happens when it is not there. Raises ``NotADraft``."""
    with transaction.atomic():
        locked_open(commande)
        _drop(commande, kind)
        touch_draft(commande, now)


def name_identite(*, commande: Commande, nature: IdentiteNature, now: datetime) -> None:
    """Keep which document the pièce d'identité is. Raises ``NotADraft``."""
    with transaction.atomic():
        locked_open(commande)
        commande.pieces.filter(kind=PieceKind.IDENTITE).update(nature=nature)
        touch_draft(commande, now)


def turn_piece(
    *,
    commande: Commande,
    kind: PieceKind,
    now: datetime,
    page: int = 1,
    states: Collection[CommandeState] = DRAFTS,
) -> Piece:
    """Turn a stored page by a quarter, clockwise, and return its piece.

    A page that was turned or replaced meanwhile stays as it is: nobody saw that one. Raises
    ``Page.DoesNotExist``, ``NotADraft``, ``OrderRefused`` as a deposit would, and ``PictureRefused`` for a
    photo whose definition would not do once turned (P2).
    """
    old = _page(commande, kind, page)
    _check_turned(commande, old.piece)
    with old.file.open("rb") as stored:
        new = _store(Page(number=page), turned(stored.read()))
    try:
        with transaction.atomic():
            row = locked_open(commande, states)
            if row.is_draft:
                _check_rules(row, now)
            _swap(old, new, now)
    except BaseException:
        remove_file(str(new.file.name))
        raise
    return Piece.objects.get(pk=old.piece_id)


def locked_open(commande: Commande, states: Collection[CommandeState] = DRAFTS) -> Commande:
    """Lock an order whose pieces its author may change: its state is one of these. Raises ``NotADraft``."""
    try:
        row = lock(commande)
    except Commande.DoesNotExist as error:  # purged meanwhile
        raise NotADraft from error
    if row.state not in states:
        raise NotADraft
    return row


def _page(commande: Commande, kind: PieceKind, number: int) -> Page:
    """Get a page of the piece that counts; an explanation has none to turn."""
    pages = Page.objects.select_related("piece").filter(
        piece__commande=commande,
        piece__form=PieceForm.PICTURE,
        piece__refused_at=None,
        piece__replaced_at=None,
    )
    return pages.get(piece__kind=kind, number=number)


def _check_turned(commande: Commande, piece: Piece) -> None:
    """Ask the definition of a photo lying the other way; a document has none to keep (P2)."""
    limits = limits_for(commande.author.caisse.regime, PieceKind(piece.kind))
    if limits.definition_max and (faults := list(definition_faults((piece.height, piece.width), limits))):
        raise PictureRefused(*faults)


def _swap(old: Page, new: Page, now: datetime) -> None:
    """Point the row to the page turned; the size it came with turns as the first page does."""
    fields = {name: getattr(new, name) for name in ("file", "width", "height", "sha256")}
    if not Page.objects.filter(pk=old.pk, file=old.file.name).update(**fields):
        transaction.on_commit(partial(remove_file, str(new.file.name)))
        return
    transaction.on_commit(partial(remove_file, str(old.file.name)))
    if old.number == 1:
        Piece.objects.filter(pk=old.piece_id).update(width=F("height"), height=F("width"))
    touch_draft(old.piece.commande, now)


def _drop(commande: Commande, kind: PieceKind) -> None:
    """Delete the row now, its files once the transaction is committed."""
    for old in commande.pieces.filter(kind=kind, replaced_at=None).prefetch_related("pages"):
        remove_files_on_commit(old)
        old.delete()
