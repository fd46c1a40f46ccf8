"""Carte Vitale: a card in opposition says why, and leads to where that is told (section 6, D6)."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Assure, Beneficiaire, Regime
from carte.annulation import cancel_by_agent
from carte.cartes import OppositionReason, oppose_by_agent, oppose_carte
from carte.enums import CarteState, CommandeState
from carte.models import Carte
from carte.reception import report_never_came
from tests.declarations.situations import declared, main_of, signed_in
from tests.factories import DAY, NOW, AgentFactory, CarteFactory, CommandeFactory, assure_ready, ayant_droit
from vitale_portal.transitions import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CARDS = "/carte/"


def said(browser: Client) -> tuple[str, set[str]]:
    """What is read of the only card in opposition, and where that leads."""
    page = main_of(browser.get(CARDS))
    inline = re.sub(r"</?(?:a|span)\b[^>]*>", "", page)
    words = " ".join(re.sub(r"<[^>]+>", " ", inline).split())
    ways = set(re.findall(r'href="(/(?:declarations|suivi|messagerie)/[^"]*)"', page))
    return words, ways


def never_came(assure: Assure, child: Beneficiaire) -> tuple[str, str]:
    commande = CommandeFactory(author=assure, beneficiaire=child, state=CommandeState.SHIPPED)
    report_never_came(commande=commande, user=assure.user, now=NOW)
    return "que cette carte n’était pas arrivée. Suivi de sa commande", commande.get_absolute_url()


def by_caisse(_assure: Assure, child: Beneficiaire) -> tuple[str, str]:
    facts = {"reason": OppositionReason.MISUSE, "detail": "", "now": NOW}
    oppose_by_agent(carte=CarteFactory(beneficiaire=child), user=AgentFactory().user, **facts)
    return (
        "Votre caisse l’a mise en opposition : la raison est dans votre messagerie.",
        reverse("inbox"),
    )


def came_back(assure: Assure, child: Beneficiaire) -> tuple[str, str]:
    commande = CommandeFactory(author=assure, beneficiaire=child, state=CommandeState.RETURNED)
    user = AgentFactory().user
    cancel_by_agent(commande=commande, user=user, motif="DUPLICATE", version=commande.version, now=NOW)
    return "Sa commande a été annulée. Le suivi dit pourquoi", commande.get_absolute_url()


def was_declared(assure: Assure, child: Beneficiaire) -> tuple[str, str]:
    made = declared(CarteFactory(beneficiaire=child), assure)
    return f"uivi de la déclaration pour {child.prenom}", made.get_absolute_url()


WHY = {"F2": was_declared, "D6": never_came, "by an agent": by_caisse, "came back": came_back}


@pytest.mark.parametrize("opposed", WHY.values(), ids=WHY)
def test_card_in_opposition_says_why_to_each_holder(
    assure: Assure, opposed: Callable[[Assure, Beneficiaire], tuple[str, str]]
) -> None:
    child = ayant_droit(assure, other := assure_ready())
    sentence, way = opposed(assure, child)
    assert Carte.objects.get(beneficiaire=child).state == CarteState.OPPOSED
    for holder in (assure, other):
        words, ways = said(signed_in(holder))
        assert (sentence in words, ways) == (True, {way})


@pytest.mark.parametrize(
    ("opposed", "author", "parent"),
    [
        (never_came, "Vous avez signalé que", "Une autre personne du foyer a signalé que"),
        (was_declared, "Attestation et suivi de la déclaration", "Suivi de la déclaration"),
    ],
    ids=["D6", "F4"],
)
def test_who_said_so_is_addressed_as_such(
    assure: Assure,
    opposed: Callable[[Assure, Beneficiaire], tuple[str, str]],
    author: str,
    parent: str,
) -> None:
    """F4: the attestation is its author's."""
    opposed(assure, ayant_droit(assure, other := assure_ready()))
    found = [said(signed_in(holder))[0] for holder in (assure, other)]
    assert [[words in page for words in (author, parent)] for page in found] == [[True, False], [False, True]]


def test_card_its_holder_opposed_elsewhere_is_not_said_to_be_opposed_by_the_caisse(
    assure_client: Client, assure: Assure
) -> None:
    """As before the portal was there: no declaration explains it, and nobody wrote to him."""
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    oppose_carte(carte=carte, actor=Actor.AUTHOR, user=assure.user, reason="Perte", now=NOW)
    words, ways = said(assure_client)
    assert ("Votre caisse l’a mise" in words, ways) == (False, set())


@pytest.mark.parametrize("state", [CarteState.OPPOSED, CarteState.ENDED, CarteState.HANDED_BACK])
def test_card_with_nothing_to_tell_leads_nowhere(
    assure_client: Client, assure: Assure, state: CarteState
) -> None:
    """A card that came so from its caisse, or that is not in opposition."""
    CarteFactory(beneficiaire=assure.beneficiaire, state=state)
    assert said(assure_client)[1] == set()


def test_cards_in_opposition_cost_no_more_queries(assure_client: Client, assure: Assure) -> None:
    def cost(rows: int) -> int:
        for _ in range(rows):
            for opposed in (was_declared, never_came, by_caisse):
                opposed(assure, ayant_droit(assure))
        with CaptureQueriesContext(connection) as captured:
            assert assure_client.get(CARDS).status_code == 200
        return len(captured)

    assure_client.get(CARDS)
    assert (cost(1), cost(2)) == (11, 11)


# --- No card yet (E2, E5) ----------------------------------------------------------------------


def rights_ended(assure: Assure) -> None:
    Beneficiaire.objects.filter(pk=assure.beneficiaire_id).update(rights_ended_since=NOW - DAY)


def other_scheme(assure: Assure) -> None:
    Regime.objects.filter(pk=assure.caisse.regime_id).update(online_order="NO")


def misuse(assure: Assure) -> None:
    Beneficiaire.objects.filter(pk=assure.beneficiaire_id).update(forbidden_since=NOW - DAY)


@pytest.mark.parametrize(
    ("holds", "sure"),
    [(rights_ended, False), (other_scheme, False), (misuse, True), (lambda _: None, True)],
    ids=["E5", "E2", "E3", "open"],
)
def test_no_card_yet_is_said_where_it_is_known(
    assure_client: Client, assure: Assure, holds: Callable[[Assure], None], *, sure: bool
) -> None:
    holds(assure)
    assert ("Pas encore de carte" in said(assure_client)[0]) is sure


NONE = "ont pris fin le 1er novembre 2026 : aucune carte ne peut être commandée."
BACK = "La carte doit être rendue à votre caisse."
IF_THERE = "La carte, si vous l’avez encore, doit être rendue à votre caisse."


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (None, NONE),
        (CarteState.HANDED_BACK, NONE),
        (CarteState.IN_USE, BACK),
        (CarteState.IN_TRANSIT, BACK),
        (CarteState.OPPOSED, IF_THERE),
    ],
)
def test_rights_that_ended_ask_back_the_card_there_is(
    assure_client: Client, assure: Assure, state: CarteState | None, sentence: str
) -> None:
    """E5."""
    rights_ended(assure)
    if state:
        CarteFactory(beneficiaire=assure.beneficiaire, state=state)
    words = said(assure_client)[0]
    assert [one for one in (NONE, BACK, IF_THERE) if one in words] == [sentence]


def test_first_card_is_said_without_telling_whose(assure_client: Client) -> None:
    assert "C’est une première carte : la commande est ouverte." in said(assure_client)[0]
