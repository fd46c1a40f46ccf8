"""Invented people and their rows. Nothing here is drawn at random: the same test makes the same rows.

Régimes and caisses are those of the fixture, made when first asked for: ``CaisseFactory()`` twice is one row.
Rows are written as they would stand, not moved there: making one tells nobody anything.
"""

import hashlib
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from carte.echeances import correction_milestones
from carte.enums import CarteState, Channel, CommandeState, IdentiteNature, Motif, PieceKind, SansPhotoReason
from carte.models import Carte, Commande, CommandeEvent, Page, Piece
from carte.motifs import MotifList, encode
from carte.sans_photo import Explanation, store_explanation
from declarations.enums import AttestationKind, DeclarationKind, PliCause, PliState
from declarations.models import Attestation, Declaration, PliPapier
from tests.carte.pictures import padded, plain
from tests.people import (
    CAISSES,
    CODE,
    DAY,
    HOUR,
    NOW,
    PASSWORD,
    PROFILES,
    TOTP_SECRET,
    AdresseFactory,
    AgentFactory,
    AssureFactory,
    BeneficiaireFactory,
    CaisseFactory,
    OutboxMailFactory,
    RattachementFactory,
    RegimeFactory,
    assure_ready,
    ayant_droit,
    nir,
)
from vitale_portal.transitions import Actor

__all__ = [
    "CAISSES",
    "CODE",
    "DAY",
    "HOUR",
    "NOW",
    "PASSWORD",
    "PROFILES",
    "TOTP_SECRET",
    "AdresseFactory",
    "AgentFactory",
    "AssureFactory",
    "AttestationFactory",
    "BeneficiaireFactory",
    "CaisseFactory",
    "CarteFactory",
    "CommandeFactory",
    "DeclarationFactory",
    "OutboxMailFactory",
    "PieceFactory",
    "PliFactory",
    "RattachementFactory",
    "RegimeFactory",
    "assure_ready",
    "ayant_droit",
    "explained",
    "jpeg",
    "nir",
    "to_correct",
    "way_to",
    "whole_draft",
]


class CarteFactory(DjangoModelFactory[Carte]):
    """A card in use, with its holder's face; ``face_changed=True``: made under another name."""

    class Meta:
        model = Carte

    class Params:
        face_changed = factory.Trait(nom="DUPONT-AVANT")
        opposed = factory.Trait(state=CarteState.OPPOSED, opposed_at=NOW - DAY)

    beneficiaire = factory.SubFactory(BeneficiaireFactory)
    caisse = factory.SubFactory(CaisseFactory)
    state = CarteState.IN_USE
    serial = factory.Sequence(lambda n: f"80250{n:011d}")
    nom = factory.SelfAttribute("beneficiaire.nom")
    prenoms = factory.SelfAttribute("beneficiaire.prenoms")
    nir = factory.SelfAttribute("beneficiaire.nir")
    made_on = date(2020, 5, 4)
    in_use_at = datetime(2020, 5, 12, 10, 0, tzinfo=UTC)


# The shortest way to each state: the one before it, and who makes the last move.
_BEFORE: dict[CommandeState, tuple[CommandeState, Actor]] = {
    CommandeState.SUBMITTED: (CommandeState.DRAFT, Actor.AUTHOR),
    CommandeState.IN_REVIEW: (CommandeState.SUBMITTED, Actor.AGENT),
    CommandeState.TO_CORRECT: (CommandeState.IN_REVIEW, Actor.AGENT),
    CommandeState.ACCEPTED: (CommandeState.IN_REVIEW, Actor.AGENT),
    CommandeState.REJECTED: (CommandeState.IN_REVIEW, Actor.AGENT),
    CommandeState.IN_PRODUCTION: (CommandeState.ACCEPTED, Actor.SYSTEM),
    CommandeState.SHIPPED: (CommandeState.IN_PRODUCTION, Actor.CENTRE),
    CommandeState.DELIVERED: (CommandeState.SHIPPED, Actor.POST),
    CommandeState.RETURNED: (CommandeState.SHIPPED, Actor.POST),
    CommandeState.CANCELLED: (CommandeState.SUBMITTED, Actor.AUTHOR),
}
_CARTE_OF = {
    CommandeState.SHIPPED: CarteState.IN_TRANSIT,
    CommandeState.RETURNED: CarteState.IN_TRANSIT,
    CommandeState.DELIVERED: CarteState.IN_USE,
}


def way_to(state: str) -> list[tuple[CommandeState, CommandeState, Actor]]:
    """The moves from the draft to a state: from, to, by whom."""
    if state == CommandeState.DRAFT:
        return []
    before, actor = _BEFORE[CommandeState(state)]
    return [*way_to(before), (before, CommandeState(state), actor)]


def _sent(value: Any) -> Any:
    """What an order has once sent, and lacks before."""
    return factory.Maybe("is_sent", yes_declaration=value, no_declaration=None)


class CommandeFactory(DjangoModelFactory[Commande]):
    """An order in any ``state``, with the events of the shortest way there, an hour apart.

    Its card comes with SHIPPED, RETURNED and DELIVERED (``carte=False``: not). Pieces: see ``whole_draft``.
    """

    class Meta:
        model = Commande
        skip_postgeneration_save = True

    class Params:
        is_sent = factory.LazyAttribute(lambda o: o.state != CommandeState.DRAFT)

    author = factory.LazyFunction(assure_ready)
    beneficiaire = factory.SelfAttribute("author.beneficiaire")
    caisse = factory.SelfAttribute("author.caisse")
    state = CommandeState.DRAFT
    channel = Channel.ONLINE
    created_at = NOW - DAY
    touched_at = factory.SelfAttribute("created_at")
    version = factory.LazyAttribute(lambda o: len(way_to(o.state)))
    motif = factory.Maybe("is_sent", Motif.FIRST, "")
    submitted_at = _sent(factory.LazyAttribute(lambda o: o.created_at + HOUR))
    expected_at = _sent(factory.LazyAttribute(lambda o: o.submitted_at + 15 * DAY))
    adresse_lines = factory.LazyAttribute(
        lambda o: [str(o.beneficiaire), "12 RUE DES LILAS", "01000 Bourg-en-Bresse"] if o.is_sent else []
    )
    delivered_at = factory.LazyAttribute(
        lambda o: o.submitted_at + 6 * HOUR if o.state == CommandeState.DELIVERED else None
    )

    @factory.post_generation
    def events(self: Any, create: bool, _value: object, **_fields: Any) -> None:
        if create:
            CommandeEvent.objects.bulk_create(
                CommandeEvent(
                    subject=self,
                    number=number,
                    from_state=before,
                    to_state=after,
                    actor=actor,
                    at=self.submitted_at + (number - 1) * HOUR,
                )
                for number, (before, after, actor) in enumerate(way_to(self.state), 1)
            )

    @factory.post_generation
    def carte(self: Any, create: bool, value: object, **fields: Any) -> None:
        if create and value is not False and self.state in _CARTE_OF:
            facts = {"beneficiaire": self.beneficiaire, "caisse": self.caisse, "state": _CARTE_OF[self.state]}
            CarteFactory(commande=self, **facts | {"in_use_at": self.delivered_at} | fields)


@cache
def jpeg(weight: int = 60_000) -> bytes:
    """A JPEG of 300×400 px of a weight in bytes that every profile accepts."""
    return padded(plain(300, 400), weight)


class PieceFactory(DjangoModelFactory[Piece]):
    """A piece with its file in the storage."""

    class Meta:
        model = Piece
        skip_postgeneration_save = True

    commande = factory.SubFactory(CommandeFactory)
    kind = PieceKind.PHOTO
    nature = factory.LazyAttribute(lambda o: IdentiteNature.PASSEPORT if o.kind == PieceKind.IDENTITE else "")
    label = "photo.jpg"
    width = 300
    height = 400
    weight = 60_000
    deposited_at = NOW - HOUR
    page = factory.RelatedFactory("tests.factories.PageFactory", "piece")


class PageFactory(DjangoModelFactory[Page]):
    """A page with its file in the storage."""

    class Meta:
        model = Page

    piece = factory.SubFactory(PieceFactory, page=None)
    file = factory.LazyFunction(lambda: ContentFile(plain(300, 400), "stored.jpg"))
    width = 300
    height = 400
    sha256 = factory.LazyFunction(lambda: hashlib.sha256(plain(300, 400)).hexdigest())


def explained(commande: Commande) -> Piece:
    """An explanation in the place of the photo (P7)."""
    words = Explanation(SansPhotoReason.BEDRIDDEN, "Je ne peux pas quitter mon lit depuis deux mois.")
    return store_explanation(commande=commande, explanation=words, now=NOW - HOUR).save()


def whole_draft(**fields: Any) -> Commande:
    """A draft with both pieces, that only has to be sent."""
    commande = CommandeFactory(**fields)
    PieceFactory(commande=commande, kind=PieceKind.PHOTO)
    PieceFactory(commande=commande, kind=PieceKind.IDENTITE)
    return commande


def to_correct(motifs: dict[PieceKind, list[str]], **fields: Any) -> Commande:
    """An order with both pieces of which an agent refused these, for these reasons (D2)."""
    commande = CommandeFactory(state=CommandeState.TO_CORRECT, **correction_milestones(NOW), **fields)
    lists = {MotifList(kind.value): codes for kind, codes in motifs.items()}
    commande.events.filter(to_state=CommandeState.TO_CORRECT).update(reason=encode(lists))
    at = commande.events.latest("number").at
    for kind in PieceKind:
        codes = motifs.get(kind, [])
        PieceFactory(commande=commande, kind=kind, refusal=codes, refused_at=at if codes else None)
    return commande


class DeclarationFactory(DjangoModelFactory[Declaration]):
    """A loss declared online a day before ``NOW``, by the holder of the card; no form, no attestation."""

    class Meta:
        model = Declaration

    author = factory.LazyFunction(assure_ready)
    carte = factory.SubFactory(
        CarteFactory,
        opposed=True,
        beneficiaire=factory.SelfAttribute("..author.beneficiaire"),
        caisse=factory.SelfAttribute("..author.caisse"),
        opposed_at=factory.SelfAttribute("..declared_at"),
    )
    caisse = factory.SelfAttribute("author.caisse")
    kind = DeclarationKind.PERTE
    facts_on = factory.LazyAttribute(lambda o: (o.declared_at - DAY).date())
    declared_at = NOW - DAY


class AttestationFactory(DjangoModelFactory[Attestation]):
    """The attestation of a declaration, not rendered yet; ``droits=True``: one of rights."""

    class Meta:
        model = Attestation

    class Params:
        droits = factory.Trait(
            kind=AttestationKind.DROITS, declaration=None, assure=factory.LazyFunction(assure_ready)
        )

    kind = AttestationKind.DECLARATION
    declaration = factory.SubFactory(DeclarationFactory)
    assure = factory.SelfAttribute("declaration.author")
    beneficiaire = factory.LazyAttribute(
        lambda o: o.declaration.carte.beneficiaire if o.declaration else o.assure.beneficiaire
    )
    requested_at = NOW - DAY


_PLI_VERSIONS = {PliState.PLANNED: 0, PliState.SENT: 1, PliState.CANCELLED: 1}


class PliFactory(DjangoModelFactory[PliPapier]):
    """The form of a declaration, or (``unasked=True``) one nobody asked for, in any ``state``.

    Due four days after it was planned; its card knows the window. Sent, it has its address and its PDF.
    """

    class Meta:
        model = PliPapier
        skip_postgeneration_save = True

    class Params:
        unasked = factory.Trait(
            cause=PliCause.NEWCOMER,
            declaration=None,
            assure=factory.LazyFunction(assure_ready),
            planned_at=NOW - DAY,
            due_at=NOW - DAY,
        )
        left = factory.LazyAttribute(lambda o: o.state not in {PliState.PLANNED, PliState.CANCELLED})

    cause = PliCause.DECLARATION
    declaration = factory.SubFactory(DeclarationFactory)
    assure = factory.SelfAttribute("declaration.author")
    beneficiaire = factory.LazyAttribute(
        lambda o: o.declaration.carte.beneficiaire if o.declaration else o.assure.beneficiaire
    )
    state = PliState.PLANNED
    version = factory.LazyAttribute(lambda o: _PLI_VERSIONS.get(o.state, 2))
    planned_at = factory.SelfAttribute("declaration.declared_at")
    due_at = factory.LazyAttribute(lambda o: o.planned_at + 4 * DAY)
    sent_at = factory.Maybe("left", yes_declaration=factory.SelfAttribute("due_at"), no_declaration=None)
    adresse = factory.LazyAttribute(lambda o: o.assure.adresses.first() if o.left else None)
    pdf = factory.LazyAttribute(lambda o: b"%PDF-1.7 pli" if o.left else None)

    @factory.post_generation
    def window(self: Any, create: bool, _value: object, **_fields: Any) -> None:
        if create and self.declaration and self.state != PliState.CANCELLED:
            again = {"form_due_at": self.due_at, "online_again_at": self.due_at + DAY}
            Carte.objects.filter(pk=self.declaration.carte_id).update(**again)
