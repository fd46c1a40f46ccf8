"""Pieces: what a profile accepts, depositing one, deleting one (P1 to P5)."""

import hashlib
import logging
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import Regime
from carte.commandes import NotADraft, OrderRefused
from carte.eligibilite import examine, facts_for
from carte.enums import IdentiteNature, PieceKind
from carte.images import Limits, read
from carte.models import Commande, Piece
from vitale_portal.transitions import lock

logger = logging.getLogger(__name__)

# The stored picture's long side at most, in px (P4).
LONG_SIDES = {PieceKind.PHOTO: 2000, PieceKind.IDENTITE: 2400}
# The formats read today; a profile may name more.
READABLE = ("JPEG", "PNG")
LABEL_MAX = 120


def limits_for(regime: Regime, kind: PieceKind) -> Limits:
    """Give what a profile accepts for a piece: formats, bytes and, for a photo, px (P2)."""
    is_photo = kind == PieceKind.PHOTO
    formats = regime.photo_formats if is_photo else regime.piece_formats
    return Limits(
        formats=tuple(name for name in formats if name in READABLE),
        weight_min=regime.weight_min_bytes,
        weight_max=regime.weight_max_bytes,
        definition_min=_definition(regime.photo_width_min, regime.photo_height_min) if is_photo else None,
        definition_max=_definition(regime.photo_width_max, regime.photo_height_max) if is_photo else None,
    )


def _definition(width: int | None, height: int | None) -> tuple[int, int] | None:
    return (width, height) if width and height else None


def deposit_piece(*, commande: Commande, kind: PieceKind, data: bytes, label: str, now: datetime) -> Piece:
    """Deposit a piece, in place of the one that is there; the picture is rewritten before it is stored.

    ``data`` are the bytes as uploaded, ``label`` the name the file had. Raises ``PictureRefused`` with
    every fault, ``OrderRefused`` when the rules do not let it (asked again here), ``NotADraft`` when
    the order has left. Whatever fails, the draft keeps what it had.
    """
    with transaction.atomic():
        _check_rules(_locked_draft(commande), now)
    piece = read_piece(commande=commande, kind=kind, data=data, label=label, now=now)
    try:
        with transaction.atomic():
            _check_rules(_locked_draft(commande), now)
            _drop(commande, kind)
            piece.save()
            _touch(commande, now)
    except BaseException:
        remove_file(str(piece.file.name))
        raise
    return piece


def read_piece(*, commande: Commande, kind: PieceKind, data: bytes, label: str, now: datetime) -> Piece:
    """Read an uploaded picture and store it; give its row, not saved yet. Raises ``PictureRefused``."""
    picture = read(data, limits=limits_for(commande.author.caisse.regime, kind), long_side=LONG_SIDES[kind])
    piece = Piece(
        commande=commande,
        kind=kind,
        label=clean_label(label),
        width=picture.found_width,
        height=picture.found_height,
        weight=len(data),
        sha256=hashlib.sha256(picture.jpeg).hexdigest(),
        deposited_at=now,
    )
    piece.file.save("", ContentFile(picture.jpeg), save=False)
    return piece


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
        _locked_draft(commande)
        _drop(commande, kind)
        _touch(commande, now)


def name_identite(*, commande: Commande, nature: IdentiteNature, now: datetime) -> None:
    """Keep which document the pièce d'identité is. Raises ``NotADraft``."""
    with transaction.atomic():
        _locked_draft(commande)
        commande.pieces.filter(kind=PieceKind.IDENTITE).update(nature=nature)
        _touch(commande, now)


def _locked_draft(commande: Commande) -> Commande:
    row = lock(commande)
    if not row.is_draft:
        raise NotADraft
    return row


def _drop(commande: Commande, kind: PieceKind) -> None:
    """Delete the row now, its file once the transaction is committed."""
    for old in Piece.objects.filter(commande=commande, kind=kind):
        name = str(old.file.name)
        old.delete()
        transaction.on_commit(lambda name=name: remove_file(name))  # type: ignore[misc]


def remove_file(name: str) -> None:
    """Remove a stored file; one that resists is told to the log, not to the person."""
    try:
        default_storage.delete(name)
    except OSError:
        logger.exception("A piece's file could not be removed")


def _touch(commande: Commande, now: datetime) -> None:
    Commande.objects.filter(pk=commande.pk).update(touched_at=now)
