"""A piece to replace: until when, what is asked again, and sending it (D2).

Only what an agent refused is asked. The refused piece stays, with the reasons, beside the new one.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from carte.delais import later_expected_at
from carte.echeances import SETTLED
from carte.enums import CommandeState, IdentiteNature, PieceKind
from carte.files import remove_files_on_commit
from carte.models import Commande, Piece
from carte.pieces import Reading, read_piece
from vitale_portal.transitions import Actor, NotInTable, Step, lock, move_batch


class NotAsked(Exception):
    """The order waits for no such piece: it moved on, or that one is kept."""


class Incomplete(Exception):
    """A piece that was refused has not been replaced yet, or does not say which document it is."""


def refused_pieces(commande: Commande) -> dict[PieceKind, Piece]:
    """Give the pieces an order waits for another of, as they were refused, the photo first (D2).

    Those replaced already are among them; there are none in another state.
    """
    if commande.state != CommandeState.TO_CORRECT:
        return {}
    refused_at = commande.events.filter(to_state=CommandeState.TO_CORRECT).values_list("at", flat=True).last()
    refused = {piece.kind: piece for piece in commande.pieces.all() if piece.refused_at == refused_at}
    return {kind: refused[kind] for kind in PieceKind if kind in refused}


def new_piece(commande: Commande, kind: PieceKind) -> Piece | None:
    """Give what was put in the place of a refused piece, if something was."""
    news = (piece for piece in commande.current_pieces if piece.refused_at is None)
    return next((piece for piece in news if piece.kind == kind), None)


def missing(commande: Commande) -> list[PieceKind]:
    """Give the kinds still to be replaced before the order can be sent again."""
    news = {kind: new_piece(commande, kind) for kind in refused_pieces(commande)}
    return [kind for kind, piece in news.items() if piece is None or not piece.is_whole]


def correct_piece(*, commande: Commande, kind: PieceKind, data: bytes, label: str, now: datetime) -> Piece:
    """Put a new piece in the place of the one that was refused; what it takes is what a deposit takes.

    The rules on who may order are not asked again: the order is open already. Raises ``PictureRefused``
    with every fault, and ``NotAsked``. Whatever fails, the order keeps what it had.
    """
    with transaction.atomic():
        locked_correction(commande, kind)
    reading = read_piece(commande=commande, kind=kind, data=data, label=label, now=now)
    return put_correction(commande=commande, reading=reading, now=now)


def put_correction(*, commande: Commande, reading: Reading, now: datetime) -> Piece:
    """Put a piece that was read in the place of the one refused; its pages are removed if it can't be.

    Raises ``NotAsked``.
    """
    kind = PieceKind(reading.piece.kind)
    with reading.placing():
        _give_way(locked_correction(commande, kind), kind, now)
        return reading.save()


def locked_correction(commande: Commande, kind: PieceKind) -> Commande:
    """Lock an order that waits for that kind of piece. Raises ``NotAsked``."""
    row = lock(commande)
    if kind not in refused_pieces(row):
        raise NotAsked
    return row


def _give_way(row: Commande, kind: PieceKind, now: datetime) -> None:
    """Make room for a new piece: the refused one becomes history, an earlier new one goes with its files.

    The caller holds the lock.
    """
    _drop_new(row, kind)
    row.pieces.filter(kind=kind, replaced_at=None).update(replaced_at=now)


def _drop_new(row: Commande, kind: PieceKind) -> bool:
    """Delete the new piece, its files once the transaction is committed; tell whether there was one."""
    new = row.pieces.filter(kind=kind, replaced_at=None, refused_at=None).prefetch_related("pages").first()
    if new is None:
        return False
    remove_files_on_commit(new)
    new.delete()
    return True


def take_back(*, commande: Commande, kind: PieceKind) -> None:
    """Delete the new piece: the refused one counts again, and the order waits for another.

    Nothing happens when there is no new one. Raises ``NotAsked``.
    """
    with transaction.atomic():
        row = locked_correction(commande, kind)
        if _drop_new(row, kind):
            row.pieces.filter(pk=refused_pieces(row)[kind].pk).update(replaced_at=None)


def name_correction(*, commande: Commande, nature: IdentiteNature) -> None:
    """Keep which document the new pièce d'identité is. Raises ``NotAsked``."""
    with transaction.atomic():
        row = locked_correction(commande, PieceKind.IDENTITE)
        row.pieces.filter(kind=PieceKind.IDENTITE, replaced_at=None, refused_at=None).update(nature=nature)


def send_correction(*, commande: Commande, user: User, now: datetime) -> Commande:
    """Send an order again, its refused pieces replaced; reference and rank are kept (D2).

    Sent twice it is sent once, and returned as it stands. Raises ``Incomplete``, and ``NotInTable`` when
    it was cancelled meanwhile.
    """
    with transaction.atomic():
        row = lock(commande)
        if row.state in (CommandeState.SUBMITTED, CommandeState.IN_REVIEW):
            return row
        if row.state != CommandeState.TO_CORRECT:
            raise NotInTable(row)
        if missing(row):
            raise Incomplete
        changes = {
            **SETTLED,
            "expected_at": later_expected_at(row, now),
            "sans_photo": any(piece.is_explanation for piece in row.current_pieces),  # P7
        }
        step = Step(to=CommandeState.SUBMITTED, actor=Actor.AUTHOR, at=now, by=user, changes=changes)
        move_batch([row], step)
    return row
