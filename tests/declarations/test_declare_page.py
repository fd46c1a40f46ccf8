"""Declaring and following, as the site serves it (F1, F2, F8, F9)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from accounts.enums import OnlineOrder
from accounts.models import Assure, Beneficiaire, Message, Regime
from carte.cartes import oppose_carte
from carte.enums import CarteState, CommandeState
from carte.models import Carte
from declarations import views
from declarations.declarer import declare
from declarations.enums import DeclarationKind
from declarations.models import Attestation, Declaration, PliPapier
from tests.declarations.situations import DECLARE, LIST, posted, signed_in, words
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    assure_ready,
    ayant_droit,
)
from vitale_portal.transitions import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CONFIRM = "Déclarer et désactiver la carte"


# --- The form ----------------------------------------------------------------------------------


def offered(response: HttpResponse) -> dict[str, bool]:
    """The serials one may tick, and whether they are ticked."""
    boxes = re.findall(r'<input type="checkbox"[^>]*>', response.content.decode())
    return {re.search(r'value="([^"]*)"', box)[1]: "checked" in box for box in boxes}


def test_no_card_says_so(assure_client: Client, assure: Assure) -> None:
    DeclarationFactory(author=assure)
    page = assure_client.get(DECLARE)
    assert (offered(page), CONFIRM in words(page)) == ({}, False)
    assert "Aucune carte de votre foyer n’est en service" in words(page)


def test_one_card_is_ticked(assure_client: Client, carte: Carte) -> None:
    page = assure_client.get(DECLARE)
    assert (offered(page), page.context["form"].initial["facts_on"]) == (
        {carte.serial: True},
        date(2026, 11, 2),
    )


def test_page_says_first_what_will_happen(assure_client: Client, carte: Carte) -> None:  # noqa: ARG001
    """F1."""
    page = words(assure_client.get(DECLARE))
    assert "La carte est désactivée tout de suite et pour de bon : même retrouvée" in page


ORDER_FOLLOWS = (
    "Vous pouvez commander une nouvelle carte dans la foulée",
    "Sans commande sous 4 jours, un formulaire papier part vers vous",
)
SHUT = "la commande reste fermée : l’onglet Carte Vitale dit"
NO_FORM = "aucun formulaire papier ne part et la commande reste fermée"
FORM = "Un formulaire papier part vers vous au bout de 4 jours"


def said_ahead(response: HttpResponse) -> dict[str, bool]:
    """Which of the sentences on what follows the page says."""
    page = words(response).replace("\u00a0", " ")
    return {text: text in page for text in (*ORDER_FOLLOWS, SHUT, NO_FORM, FORM)}


OPEN = {**dict.fromkeys(ORDER_FOLLOWS, True), SHUT: False, NO_FORM: False, FORM: False}
CLOSED = {**dict.fromkeys(ORDER_FOLLOWS, False), SHUT: True, NO_FORM: True, FORM: False}
ON_PAPER = {**dict.fromkeys(ORDER_FOLLOWS, False), SHUT: True, NO_FORM: False, FORM: True}


def order_open(assure: Assure) -> None:
    CommandeFactory(author=assure, state=CommandeState.IN_REVIEW)


def no_card_in_his_regime(assure: Assure) -> None:
    Regime.objects.filter(pk=assure.caisse.regime_id).update(online_order=OnlineOrder.NO)


def since(name: str) -> Callable[[Assure], object]:
    return lambda assure: Beneficiaire.objects.filter(pk=assure.beneficiaire_id).update(**{name: NOW - DAY})


def came_back(assure: Assure) -> None:
    assure.adresses.update(npai_since=NOW - DAY)


def address_waits(assure: Assure) -> None:
    AdresseFactory(assure=assure, given_at=NOW - HOUR, usable_at=NOW + 47 * HOUR)


# E10 holds of each of these cards, and no longer once they are declared.
AHEAD: dict[str, tuple[Callable[[Assure], object], dict[str, bool]]] = {
    "E10 alone": (lambda _: None, OPEN),
    "E1": (order_open, CLOSED),
    "E2": (no_card_in_his_regime, CLOSED),
    "E3": (since("forbidden_since"), CLOSED),
    "E4": (since("mutation_since"), CLOSED),
    "E5": (since("rights_ended_since"), CLOSED),
    "E8": (came_back, ON_PAPER),
    "E9": (lambda assure: assure.adresses.all().delete(), ON_PAPER),
    "E12": (address_waits, OPEN),
}


@pytest.mark.parametrize(("holds", "said"), AHEAD.values(), ids=AHEAD)
def test_page_says_whether_an_order_and_a_form_follow(
    assure_client: Client,
    assure: Assure,
    carte: Carte,
    holds: Callable[[Assure], object],
    said: dict[str, bool],
) -> None:
    """F2, F5: what it says first is what then happens."""
    holds(assure)
    assert said_ahead(assure_client.get(DECLARE)) == said
    made = assure_client.post(DECLARE, posted(carte))
    assert PliPapier.objects.exists() is not said[NO_FORM]
    assert ("Commander une nouvelle carte" in words(assure_client.get(made.url))) is not said[SHUT]


@pytest.mark.parametrize(("whose", "said"), [("a child", CLOSED), ("nobody", OPEN)])
def test_page_is_careful_for_a_household_when_one_order_stays_shut(
    assure_client: Client,
    assure: Assure,
    carte: Carte,  # noqa: ARG001
    whose: str,
    said: dict[str, bool],
) -> None:
    child, without_card = ayant_droit(assure), ayant_droit(assure)
    CarteFactory(beneficiaire=child)
    barred = child if whose == "a child" else without_card
    Beneficiaire.objects.filter(pk=barred.pk).update(forbidden_since=NOW - DAY)
    page = assure_client.get(DECLARE)
    assert said_ahead(page) == said
    assert ("Pour au moins une carte de votre foyer, aucun" in words(page)) is (whose == "a child")


def test_several_cards_are_offered_and_the_one_come_for_ticked(
    assure_client: Client, assure: Assure, carte: Carte
) -> None:
    child = ayant_droit(assure)
    theirs = CarteFactory(beneficiaire=child)
    CarteFactory(beneficiaire=ayant_droit(assure), state=CarteState.ENDED)
    CarteFactory(beneficiaire=ayant_droit(assure), state=CarteState.IN_TRANSIT)
    CarteFactory(beneficiaire=assure_ready().beneficiaire)
    ticked = {
        ref: offered(assure_client.get(DECLARE, {"beneficiaire": ref})) for ref in ("", child.reference)
    }
    assert ticked == {
        "": {carte.serial: False, theirs.serial: False},
        child.reference: {carte.serial: False, theirs.serial: True},
    }


@pytest.mark.parametrize("wanted", ["nobody", "0000000000", "\x00"])
def test_unknown_beneficiary_ticks_nothing(
    assure_client: Client, assure: Assure, carte: Carte, wanted: str
) -> None:
    other = CarteFactory(beneficiaire=ayant_droit(assure))
    page = assure_client.get(DECLARE, {"beneficiaire": wanted})
    assert offered(page) == {carte.serial: False, other.serial: False}


MSA = "Votre régime, Mutualité sociale agricole (MSA), a son propre service"


def test_msa_sends_to_its_own_service() -> None:
    """E2: neither offered, nor taken."""
    assure = assure_ready(caisse=CaisseFactory(code="MSA-AR"))
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    browser = signed_in(assure)
    page, sent = browser.get(DECLARE), browser.post(DECLARE, posted(carte))
    for response in (page, sent):
        assert (offered(response), MSA in words(response)) == ({}, True)
    assert Declaration.objects.count() == 0


WRONG: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "nothing said": (
        {"cartes": [], "kind": "", "facts_on": ""},
        {
            "cartes": ["Choisissez au moins une carte."],
            "kind": ["Dites ce qui s’est passé : perte, vol, carte cassée ou qui ne marche plus."],
            "facts_on": ["Écrivez le jour, comme 21/11/2026."],
        },
    ),
    "F1 tomorrow": (
        {"facts_on": "2026-11-03"},
        {"facts_on": ["Le 3 novembre 2026 n’est pas encore passé. Nous sommes le 2 novembre 2026."]},
    ),
    "F1 before the card": (
        {"facts_on": "2020-05-03"},
        {"facts_on": ["Le 3 mai 2020, la carte n’existait pas : elle a été fabriquée le 4 mai 2020."]},
    ),
    "not a date": ({"facts_on": "30/02/2026"}, {"facts_on": ["Écrivez une date comme 21/11/2026."]}),
    "not a card": ({"cartes": ["\x00"]}, {"cartes": ["Choisissez une carte de la liste."]}),
}


@pytest.mark.parametrize(("said", "errors"), WRONG.values(), ids=WRONG)
def test_wrong_form_is_told_by_the_field_and_changes_nothing(
    assure_client: Client, carte: Carte, said: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    response = assure_client.post(DECLARE, posted(carte, **said))
    found = {
        name: [text.replace("\u00a0", " ") for text in texts]
        for name, texts in response.context["form"].errors.items()
    }
    assert (response.status_code, found, Declaration.objects.count()) == (200, errors, 0)
    carte.refresh_from_db()
    assert carte.state == CarteState.IN_USE


def test_circumstances_too_long_are_refused_to_the_character(assure_client: Client, carte: Carte) -> None:
    long = assure_client.post(DECLARE, posted(carte, circumstances="x" * 1001))
    assert (long.status_code, list(long.context["form"].errors)) == (200, ["circumstances"])
    assert assure_client.post(DECLARE, posted(carte, circumstances="x" * 1000)).status_code == 302


FRENCH = {"as a browser writes it": "2026-10-31", "as people do": "31/10/2026"}


@pytest.mark.parametrize("written", FRENCH.values(), ids=FRENCH)
def test_day_is_read_both_ways(assure_client: Client, carte: Carte, written: str) -> None:
    assure_client.post(DECLARE, posted(carte, facts_on=written))
    assert Declaration.objects.get().facts_on == date(2026, 10, 31)


@pytest.mark.usefixtures("carte")
def test_kinds_are_said_as_one_says_them(assure_client: Client) -> None:
    """F1: casse / dysfonctionnement is the third."""
    choices = assure_client.get(DECLARE).context["form"].fields["kind"].choices
    assert [*choices] == [
        ("PERTE", "Perte"),
        ("VOL", "Vol"),
        ("CASSE", "Carte cassée ou qui ne marche plus"),
    ]


# --- Declaring ---------------------------------------------------------------------------------


def test_one_card_declared_leads_to_its_page(assure_client: Client, assure: Assure, carte: Carte) -> None:
    response = assure_client.post(DECLARE, posted(carte))
    made = Declaration.objects.get()
    assert (response.status_code, response.url) == (302, f"/declarations/{made.reference}/")
    assert (made.carte, made.author, made.channel, made.declared_at) == (carte, assure, "ONLINE", NOW)


@pytest.mark.parametrize("kind", DeclarationKind)
def test_police_reference_is_kept_for_a_theft_alone(
    assure_client: Client, carte: Carte, kind: DeclarationKind
) -> None:
    assure_client.post(
        DECLARE, posted(carte, kind=kind.value, police_reference="PV-9", circumstances="au marché")
    )
    made = Declaration.objects.get()
    assert (made.kind, made.circumstances, made.police_reference) == (
        kind,
        "au marché",
        "PV-9" if kind == DeclarationKind.VOL else "",
    )


def test_household_is_declared_at_once(assure_client: Client, assure: Assure, carte: Carte) -> None:
    """A bag stolen: all its cards, a declaration each."""
    others = [CarteFactory(beneficiaire=ayant_droit(assure)) for _ in range(2)]
    kept = CarteFactory(beneficiaire=ayant_droit(assure))
    response = assure_client.post(DECLARE, posted(carte, *others))
    assert (response.status_code, response.url) == (302, LIST)
    assert {d.carte for d in Declaration.objects.all()} == {carte, *others}
    assert (PliPapier.objects.count(), Attestation.objects.count()) == (3, 3)
    kept.refresh_from_db()
    assert kept.state == CarteState.IN_USE
    listed = re.findall(r'href="/declarations/([0-9A-Z]{10})/"', assure_client.get(LIST).content.decode())
    assert set(listed) == set(Declaration.objects.values_list("reference", flat=True))


@pytest.fixture
def opposed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> set[Carte]:
    """Cards an agent puts in opposition between the page and the lock."""
    cartes: set[Carte] = set()

    def raced(*, carte: Carte, **said: Any) -> Declaration:
        if carte in cartes:
            oppose_carte(carte=carte, actor=Actor.AGENT, user=None, reason="abus", now=NOW)
        return declare(carte=carte, **said)

    monkeypatch.setattr(views, "declare", raced)
    return cartes


def test_card_that_fails_is_named_and_the_others_are_declared(
    assure_client: Client, assure: Assure, carte: Carte, opposed_meanwhile: set[Carte]
) -> None:
    """A bag stolen, and one of its cards is no longer in use: F2 holds for each of them."""
    others = [CarteFactory(beneficiaire=ayant_droit(assure)) for _ in range(2)]
    opposed_meanwhile.add(others[0])
    response = assure_client.post(DECLARE, posted(carte, *others))
    assert (response.status_code, response.url) == (302, LIST)
    assert {d.carte for d in Declaration.objects.all()} == {carte, others[1]}
    whose = str(others[0].beneficiaire)
    said = words(assure_client.get(LIST)).replace("\u00a0", " ")
    assert f"La carte de {whose} n’est plus en service : elle n’a pas été déclarée." in said


def test_cards_that_all_fail_lead_back_to_the_form(
    assure_client: Client, assure: Assure, carte: Carte, opposed_meanwhile: set[Carte]
) -> None:
    others = [CarteFactory(beneficiaire=ayant_droit(assure)) for _ in range(2)]
    opposed_meanwhile.update([carte, *others])
    response = assure_client.post(DECLARE, posted(carte, *others))
    assert (response.status_code, response.url, Declaration.objects.count()) == (302, DECLARE, 0)
    first, second, third = (str(one.beneficiaire) for one in (carte, *others))
    said = words(assure_client.get(DECLARE)).replace("\u00a0", " ")
    assert f"Les cartes de {first}, {second} et {third} ne sont plus en service : elles n’ont" in said


def test_one_card_of_two_declared_shows_the_list_and_not_its_page_alone(
    assure_client: Client, assure: Assure, carte: Carte, opposed_meanwhile: set[Carte]
) -> None:
    other = CarteFactory(beneficiaire=ayant_droit(assure))
    opposed_meanwhile.add(other)
    response = assure_client.post(DECLARE, posted(carte, other))
    assert (response.url, Declaration.objects.get().carte) == (LIST, carte)


def test_stranger_s_card_is_refused(assure_client: Client, carte: Carte) -> None:
    theirs = CarteFactory(beneficiaire=assure_ready().beneficiaire)
    for cards in ([theirs], [carte, theirs]):
        response = assure_client.post(DECLARE, posted(*cards))
        assert response.context["form"].errors == {"cartes": ["Choisissez une carte de la liste."]}
    assert (Declaration.objects.count(), Carte.objects.filter(state=CarteState.IN_USE).count()) == (0, 2)


def test_stranger_s_declared_card_is_refused_too(assure_client: Client, carte: Carte) -> None:  # noqa: ARG001
    theirs = DeclarationFactory()
    response = assure_client.post(DECLARE, posted(theirs.carte))
    assert response.context["form"].errors == {"cartes": ["Choisissez une carte de la liste."]}


def test_sent_twice_shows_the_declaration_twice(assure_client: Client, carte: Carte) -> None:
    """F2: a double click, two tabs, a request tried again."""
    answers = [assure_client.post(DECLARE, posted(carte, kind=kind)) for kind in ("VOL", "PERTE")]
    made = Declaration.objects.get()
    assert [(a.status_code, a.url) for a in answers] == [(302, made.get_absolute_url())] * 2
    assert (made.kind, Message.objects.count(), PliPapier.objects.count()) == ("VOL", 1, 1)


def test_sent_twice_for_the_household_shows_the_list_twice(
    assure_client: Client, assure: Assure, carte: Carte
) -> None:
    other = CarteFactory(beneficiaire=ayant_droit(assure))
    answers = [assure_client.post(DECLARE, posted(carte, other)) for _ in range(2)]
    assert ([(a.status_code, a.url) for a in answers], Declaration.objects.count()) == ([(302, LIST)] * 2, 2)


def test_second_parent_is_shown_the_first_one_s_declaration(assure: Assure) -> None:
    child = ayant_droit(assure, other := assure_ready())
    carte = CarteFactory(beneficiaire=child)
    answers = [signed_in(parent).post(DECLARE, posted(carte)) for parent in (assure, other)]
    made = Declaration.objects.get()
    assert (made.author, {a.url for a in answers}) == (assure, {made.get_absolute_url()})


@pytest.mark.parametrize("name", ["forbidden_since", "mutation_since", "rights_ended_since"])
def test_stolen_card_is_stoppable_whatever_else_is_refused(
    assure_client: Client, assure: Assure, carte: Carte, name: str
) -> None:
    """Section 5."""
    Beneficiaire.objects.filter(pk=assure.beneficiaire_id).update(**{name: NOW - DAY})
    assert offered(assure_client.get(DECLARE)) == {carte.serial: True}
    made = assure_client.post(DECLARE, posted(carte))
    assert (made.status_code, PliPapier.objects.count()) == (302, 0)
    page = assure_client.get(made.url)
    assert (page.status_code, "Commander une nouvelle carte" in words(page)) == (200, False)


def test_found_card_stays_dead(assure_client: Client, carte: Carte) -> None:
    """F8: nothing offers to bring it back."""
    assure_client.post(DECLARE, posted(carte))
    with time_machine.travel(NOW + HOUR / 12, tick=False):
        assert offered(assure_client.get(DECLARE)) == {}
    carte.refresh_from_db()
    assert carte.state == CarteState.OPPOSED
