"""Declaring and following, as the site serves it (F1, F2, F8, F9)."""

import re
from datetime import date
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from accounts.models import Assure, Beneficiaire, Message
from carte.enums import CarteState
from carte.models import Carte
from declarations.enums import DeclarationKind
from declarations.models import Attestation, Declaration, PliPapier
from tests.declarations.situations import DECLARE, LIST, posted, signed_in, words
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    CaisseFactory,
    CarteFactory,
    DeclarationFactory,
    assure_ready,
    ayant_droit,
)

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


def test_msa_sends_to_its_own_service() -> None:
    """E2: neither offered, nor taken."""
    assure = assure_ready(caisse=CaisseFactory(code="MSA-AR"))
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    browser = signed_in(assure)
    page, sent = browser.get(DECLARE), browser.post(DECLARE, posted(carte))
    for response in (page, sent):
        assert (offered(response), "a son propre service" in words(response)) == ({}, True)
    assert Declaration.objects.count() == 0


WRONG: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "nothing said": (
        {"cartes": [], "kind": "", "facts_on": ""},
        {
            "cartes": ["Choisissez au moins une carte."],
            "kind": ["Dites ce qui s’est passé : perte, vol, casse ou dysfonctionnement."],
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
