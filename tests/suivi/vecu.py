"""A small portal that has lived: two orders and a declaration, walked by the portal's own functions."""

from datetime import timedelta

from accounts.models import Agent
from accounts.outbox import send_due as send_mails
from carte.commandes import start_draft, submit_commande
from carte.controle import accept, claim_next
from carte.enums import IdentiteNature, PieceKind
from carte.fabrication import deliver_due, seal_lot, ship_due
from carte.models import Commande, CopieCarte, Recapitulatif
from carte.pieces import deposit_piece, name_identite
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind
from declarations.models import Attestation
from declarations.plis import send_due as send_forms
from tests.factories import DAY, NOW, AgentFactory, assure_ready, jpeg

# When the stories below are told: nothing is due then.
LATER = NOW + 12 * DAY


def sent_order() -> Commande:
    """An order sent at ``NOW`` by somebody new."""
    assure = assure_ready()
    commande = start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)
    for kind in PieceKind:
        deposit_piece(commande=commande, kind=kind, data=jpeg(), label="moi.jpg", now=NOW)
    name_identite(commande=commande, nature=IdentiteNature.PASSEPORT, now=NOW)
    return submit_commande(commande=commande, now=NOW)


def delivered_order(agent: Agent) -> Commande:
    """An order reviewed, made and delivered, each step at its hour."""
    commande = sent_order()
    claimed = claim_next(user=agent.user, now=NOW)
    assert claimed == commande
    accept(commande=claimed, user=agent.user, version=claimed.version, now=NOW)
    for step in (seal_lot, ship_due, deliver_due):
        commande.refresh_from_db()
        assert commande.due_at is not None
        step(commande.due_at)
    commande.refresh_from_db()
    return commande


def make_documents() -> None:
    """Let the PDFs that wait be made, without rendering them."""
    for model in (Attestation, Recapitulatif, CopieCarte):
        made = {"pdf": b"%PDF-1.7", "sha256": "0" * 64}
        model.objects.filter(pdf=None).update(**made | ({"made_at": NOW} if model is not Attestation else {}))


def lived() -> Commande:
    """A delivered order whose card was then declared lost, so that its form left; and an order that waits.

    Gives the first.
    """
    delivered = delivered_order(AgentFactory())
    sent_order()
    at = NOW + 7 * DAY
    faits = Faits(kind=DeclarationKind.PERTE, facts_on=at.date())
    user = delivered.author.user
    declare(carte=delivered.carte, author=delivered.author, faits=faits, user=user, now=at)
    send_forms(at + 4 * DAY)
    while send_mails(LATER - timedelta(seconds=1)):
        pass
    make_documents()
    return delivered
