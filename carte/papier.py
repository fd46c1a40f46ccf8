"""An order that came back on paper, entered by an agent (F6)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from accounts.enums import Notice
from accounts.models import Assure, Beneficiaire, User
from accounts.notices import Owed, notify
from carte.commandes import OrderRefused, send
from carte.eligibilite import PAPER_RULES, examine, facts_for
from carte.enums import Channel, CommandeState, IdentiteNature, PieceKind
from carte.files import remove_files_on_commit
from carte.models import Commande
from carte.pieces import Reading, read_piece
from vitale_portal.locks import hold


@dataclass(frozen=True, kw_only=True)
class Formulaire:
    """A form come back filled: the scans as bytes, which document the second is, when it was signed."""

    photo: bytes
    identite: bytes
    nature: IdentiteNature
    signed_on: date


@contextmanager
def scanned(
    *, assure: Assure, beneficiaire: Beneficiaire, formulaire: Formulaire, now: datetime
) -> Iterator[tuple[Commande, list[Reading]]]:
    """Read the scans of a form, outside any transaction, and give the order and pieces they make, not saved.

    Whatever then fails, the stored files go. Raises ``PictureRefused`` for scans that cannot be read.
    """
    commande = Commande(
        author=assure,
        beneficiaire=beneficiaire,
        caisse=assure.caisse,
        channel=Channel.PAPER,
        created_at=now,
        touched_at=now,
        signed_on=formulaire.signed_on,
    )
    readings: list[Reading] = []
    try:
        for kind, data in ((PieceKind.PHOTO, formulaire.photo), (PieceKind.IDENTITE, formulaire.identite)):
            label = str(kind.label)
            readings.append(read_piece(commande=commande, kind=kind, data=data, label=label, now=now))
        readings[1].piece.nature = formulaire.nature
        yield commande, readings
    except BaseException:
        for reading in readings:
            reading.discard()
        raise


def submit_formulaire(*, commande: Commande, readings: Sequence[Reading], user: User, now: datetime) -> None:
    """Send the order of a returned form: it goes to review (F6). In the caller's transaction.

    Of E1 to E12 only E1, E3 to E7 and E10 apply. An online draft gives way, and its author is told.
    Raises ``OrderRefused`` when a rule holds.
    """
    hold(Beneficiaire.objects).get(pk=commande.beneficiaire_id)
    facts = facts_for(commande.author, commande.beneficiaire)
    answer = examine(facts, now, PAPER_RULES)
    if answer.obstacles:
        raise OrderRefused(answer)
    _give_way(commande.beneficiaire, now)
    commande.save()
    for reading in readings:
        reading.piece.commande = commande
        reading.save()
    send(commande, facts, answer, now=now, user=user)


def _give_way(beneficiaire: Beneficiaire, now: datetime) -> None:
    """Delete the online drafts with their files, and tell their authors."""
    drafts = Commande.objects.filter(beneficiaire=beneficiaire, state=CommandeState.DRAFT)
    for draft in hold(drafts.select_related("author")):
        about = f"commande {draft.reference}"
        facts = {"beneficiaire": beneficiaire}
        notify(
            [Owed(assure=draft.author, notice=Notice.BROUILLON_REPLACED, about=about, facts=facts)], at=now
        )
        for piece in draft.pieces.prefetch_related("pages"):
            remove_files_on_commit(piece)
        draft.delete()
