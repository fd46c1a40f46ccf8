"""What people really do to the wizard, and what an agent's opposition says."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Assure, Message, Rattachement, Regime
from carte.cartes import OppositionReason, oppose_by_agent
from carte.commandes import Changed, NotAttached, fingerprint, submit_commande
from carte.enums import CarteState, IdentiteNature, PieceKind
from carte.models import Commande, Page, Piece
from tests.factories import (
    NOW,
    AdresseFactory,
    AgentFactory,
    CarteFactory,
    CommandeFactory,
    ayant_droit,
    explained,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]


def seen(commande: Commande) -> str:
    return fingerprint(commande, commande.author.adresses.last())


def test_order_is_sent_as_it_was_seen(assure: Assure) -> None:
    commande = whole_draft(author=assure)
    assert submit_commande(commande=commande, now=NOW, seen=seen(commande)).submitted_at == NOW


def new_address(commande: Commande) -> None:
    AdresseFactory(assure=commande.author, voie="1 RUE NEUVE")


def other_photo(commande: Commande) -> None:
    Page.objects.filter(piece__commande=commande, piece__kind=PieceKind.PHOTO).update(sha256="another")


def explanation(commande: Commande) -> None:
    commande.pieces.filter(kind=PieceKind.PHOTO).delete()
    explained(commande)


def other_document(commande: Commande) -> None:
    commande.pieces.filter(kind=PieceKind.IDENTITE).update(nature=IdentiteNature.TITRE_SEJOUR)


def other_law(_commande: Commande) -> None:
    Regime.objects.update(statement_text="Autre loi")


@pytest.mark.parametrize("change", [new_address, other_photo, explanation, other_document, other_law])
def test_order_changed_since_it_was_seen_is_not_sent(
    assure: Assure, change: Callable[[Commande], None]
) -> None:
    """C1: what one ticks is what one saw."""
    commande = whole_draft(author=assure)
    before = seen(commande)
    change(commande)
    with pytest.raises(Changed):
        submit_commande(commande=commande, now=NOW, seen=before)


def test_stale_validation_page_shows_what_changed_before_it_sends(
    assure_client: Client, assure: Assure
) -> None:
    commande = whole_draft(author=assure)
    url = reverse("order_validation", args=[commande.reference])
    stale = assure_client.get(url).context["form"]["seen"].value()
    AdresseFactory(assure=assure, voie="99 RUE NEUVE", given_at=NOW)
    ticks = {"adresse": "on", "statement": "on"}
    page = assure_client.post(url, ticks | {"seen": stale}).content.decode()
    assert "99 RUE NEUVE" in page
    assert "rien n’est envoyé" in page
    commande.refresh_from_db()
    assert commande.is_draft


@pytest.mark.parametrize("name", ["order_photo", "order_validation", "photo_image"])
def test_draft_for_who_is_no_longer_attached_is_not_found(
    assure_client: Client, assure: Assure, name: str
) -> None:
    """B1."""
    child = ayant_droit(assure)
    commande = whole_draft(author=assure, beneficiaire=child)
    Rattachement.objects.filter(beneficiaire=child).delete()
    url = reverse(name, args=[commande.reference])
    assert assure_client.get(url).status_code == 404
    with pytest.raises(NotAttached):
        submit_commande(commande=commande, now=NOW)


def test_conditions_come_before_the_file(assure_client: Client, assure: Assure) -> None:
    """Section 7, step 2."""
    commande = CommandeFactory(author=assure)
    url = reverse("order_photo", args=[commande.reference])
    assert assure_client.post(url, {}).url == url
    assert not Piece.objects.exists()


FLAGS = [
    (OppositionReason.MISUSE, "forbidden_since", "un usage de la carte qui n’est pas permis"),
    (OppositionReason.RIGHTS_ENDED, "rights_ended_since", "Droits terminés"),
]


@pytest.mark.parametrize(("reason", "flag", "why"), FLAGS, ids=[row[0].value for row in FLAGS])
def test_opposition_by_an_agent_closes_orders_and_is_told(
    assure: Assure, reason: OppositionReason, flag: str, why: str
) -> None:
    """Section 6, E3, E5."""
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    agent = AgentFactory()
    opposed = oppose_by_agent(carte=carte, user=agent.user, reason=reason, detail="", now=NOW)
    assure.beneficiaire.refresh_from_db()
    assert (opposed.state, getattr(assure.beneficiaire, flag)) == (CarteState.OPPOSED, NOW)
    assert (opposed.form_due_at, opposed.events.get().by) == (None, agent.user)
    assert why in Message.objects.get(assure=assure).body


def test_step_one_offers_to_declare_a_card_in_use(assure_client: Client, assure: Assure) -> None:
    """E10."""
    CarteFactory(beneficiaire=assure.beneficiaire)
    page = assure_client.get(reverse("order_start")).content.decode()
    assert f'{reverse("declare")}?beneficiaire={assure.beneficiaire.reference}"' in page
