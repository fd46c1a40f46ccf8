"""Somebody with one of everything, and an agent of his caisse: each signed-in address has a row to show."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.enums import Notice
from accounts.models import Agent, Assure, Message
from carte.enums import CommandeState, PieceKind
from carte.models import Carte, Commande, CopieCarte, Piece, Recapitulatif
from declarations.enums import PliState
from declarations.models import Attestation, Declaration, PliPapier
from tests.factories import (
    AgentFactory,
    AttestationFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
    to_correct,
    whole_draft,
)

PDF = b"%PDF-1.7 " + bytes(60_000)
MESSAGES = 25
READ = 20
REFUSED = {PieceKind.PHOTO: ["EYES"], PieceKind.IDENTITE: ["EXPIRED"]}
CHILDREN = ("Lou", "Sacha", "Noa", "Alix", "Swann")


@dataclass(frozen=True)
class Household:
    """The rows that addresses name."""

    assure: Assure
    agent: Agent
    message: Message
    draft: Commande
    sent: Commande
    waiting: Commande
    to_correct: Commande
    reviewed: Commande
    photo: Piece
    carte: Carte
    copie: CopieCarte
    declaration: Declaration
    pli: PliPapier
    droits: Attestation


def household() -> Household:
    """Write them: a parent whose card is on its way, five children, 25 messages of which 5 are unread."""
    now = timezone.now()
    assure = assure_ready()
    child, ordering, losing, queued, asked = (ayant_droit(assure, prenoms=name) for name in CHILDREN)
    draft = whole_draft(author=assure, beneficiaire=ordering, created_at=now - timedelta(hours=3))
    Commande.objects.filter(pk=draft.pk).update(photo_conditions_at=now, identite_conditions_at=now)
    sent = CommandeFactory(
        author=assure, state=CommandeState.SHIPPED, created_at=now - timedelta(days=9), due_at=now
    )
    Commande.objects.filter(pk=sent.pk).update(due_at=now + timedelta(days=3))
    reviewed = whole_draft(author=assure_ready(), state=CommandeState.IN_REVIEW)
    declaration = DeclarationFactory(
        author=assure, carte__beneficiaire=losing, declared_at=now - timedelta(days=1)
    )
    made = {"pdf": PDF, "sha256": hashlib.sha256(PDF).hexdigest()}
    AttestationFactory(declaration=declaration, **made)
    Recapitulatif.objects.create(commande=sent, made_at=now, **made)
    carte = CarteFactory(beneficiaire=child)
    return Household(
        assure=assure,
        agent=_agent(reviewed),
        message=_messages(assure),
        draft=draft,
        sent=sent,
        waiting=CommandeFactory(author=assure, beneficiaire=queued, state=CommandeState.SUBMITTED),
        to_correct=to_correct(REFUSED, author=assure, beneficiaire=asked),
        reviewed=reviewed,
        photo=reviewed.current_pieces[0],
        carte=carte,
        copie=CopieCarte.objects.create(carte=carte, planned_at=now, made_at=now, **made),
        declaration=declaration,
        pli=PliFactory(declaration=declaration, state=PliState.SENT, pdf=PDF),
        droits=AttestationFactory(
            droits=True, assure=assure, beneficiaire=assure.beneficiaire, requested_at=now, **made
        ),
    )


def _agent(reviewed: Commande) -> Agent:
    """An agent of every group, who holds the order in review."""
    agent = AgentFactory(groups=("contrôle", "droits", "supervision", "audit"))
    claim = {"claimed_by": agent, "due_at": timezone.now() + timedelta(hours=1)}
    Commande.objects.filter(pk=reviewed.pk).update(**claim)
    return agent


def _messages(assure: Assure) -> Message:
    """Write the messages, the newest unread; give one that was read."""
    now = timezone.now()
    rows = Message.objects.bulk_create(
        Message(
            assure=assure,
            notice=Notice.ADRESSE_USABLE,
            about=f"masse {number}",
            subject="Votre adresse peut servir",
            body="Bonjour,\n\nVotre adresse peut maintenant servir.",
            written_at=now - timedelta(days=MESSAGES - number),
            read_at=now if number < READ else None,
        )
        for number in range(MESSAGES)
    )
    return rows[0]
