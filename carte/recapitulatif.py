"""The recap of an order sent online: what was sent, on paper, for its author (section 7, step 5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.sweeps import each
from carte.enums import Channel, CommandeState, PieceKind
from carte.models import Commande, Piece, Recapitulatif
from vitale_portal import pdf
from vitale_portal.transitions import Happened

SWEEP = "carte.sweep_recapitulatifs"
BATCH = 50


def plan(rows: Sequence[Commande], events: Sequence[Happened], **_signal: Any) -> None:
    """Write the recaps that orders just sent online are owed, without their PDF, in that transaction."""
    sent = [
        row
        for row, event in zip(rows, events, strict=True)
        if event.from_state == CommandeState.DRAFT and row.channel == Channel.ONLINE
    ]
    Recapitulatif.objects.bulk_create(Recapitulatif(commande=row) for row in sent)


def pdf_of(recap: Recapitulatif, now: datetime) -> bytes:
    """Give the PDF of a recap: the same bytes for ever. Makes it if the sweep has not yet."""
    if recap.pdf is None:
        pdf.keep(recap, _render(recap.commande), made_at=now)
    return bytes(recap.pdf or b"")


def sent_pieces(commande: Commande) -> list[Piece]:
    """Give the pieces as they left with the order, the photo first, even if one was replaced since (D2)."""
    sent_at = commande.submitted_at
    found = [piece for piece in commande.pieces.all() if sent_at and _stood(piece, sent_at)]
    return sorted(found, key=lambda piece: list(PieceKind).index(PieceKind(piece.kind)))


def _stood(piece: Piece, at: datetime) -> bool:
    return piece.deposited_at <= at and (piece.replaced_at is None or at < piece.replaced_at)


def make_due(now: datetime) -> int:
    """Make the recaps that wait; return how many. A sweep, so that no request waits for another's."""
    return each(
        SWEEP, Recapitulatif.objects.to_make(), lambda recap: bool(pdf_of(recap, now)), now=now, most=BATCH
    )


def _render(commande: Commande) -> bytes:
    context = {
        "commande": commande,
        "beneficiaire": commande.beneficiaire,
        "caisse": commande.caisse,
        "pieces": sent_pieces(commande),
    }
    return pdf.render("pdf/recapitulatif.html", context)
