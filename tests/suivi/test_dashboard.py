"""Accueil and Carte Vitale: what may be ordered or only prepared, and until when (section 5, F5)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Assure, Beneficiaire
from carte.enums import CommandeState
from carte.models import Carte
from declarations.models import Declaration
from tests.declarations.situations import declared, main_of, signed_in
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    CarteFactory,
    CommandeFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]
SECOND = timedelta(seconds=1)
HOME, CARDS = "/accueil/", "/carte/"
LEAVES, REOPENS = "vendredi 6 novembre 2026 à 10 h 00", "samedi 7 novembre 2026 à 10 h 00"
TITLES = ("En cours", "Vous pouvez commander", "Vous pouvez préparer une commande")


def read(response: HttpResponse) -> str:
    """What a person reads in the main part, all its spaces made plain ones."""
    inline = re.sub(r"</?(?:strong|a|span)\b[^>]*>", "", main_of(response))
    return " ".join(re.sub(r"<[^>]+>", " ", inline).split())


def titles(response: HttpResponse) -> list[str]:
    return [title for title in TITLES if f">{title}</h2>" in main_of(response)]


def ways(response: HttpResponse) -> list[str]:
    """The buttons of the cards: their words, hidden ones too, and where they lead."""
    found = re.findall(r'<a class="button[^"]*" href="([^"]*)">(.*?)</a>', main_of(response))
    return [f"{' '.join(re.sub('<[^>]+>', '', words).split())} -> {url}" for url, words in found]


def order_for(who: Beneficiaire) -> str:
    return f"{reverse('order_start')}?beneficiaire={who.reference}"


@pytest.fixture
def declaration(assure: Assure, carte: Carte) -> Declaration:
    """His card, declared at ``NOW``."""
    return declared(carte, assure)


# --- The window (F5) ---------------------------------------------------------------------------


def test_window_is_a_running_demarche_with_its_last_hour(
    assure_client: Client, assure: Assure, declaration: Declaration
) -> None:
    page = assure_client.get(HOME)
    who = assure.beneficiaire
    assert (titles(page), f"Carte de {who.prenom} désactivée le 2 novembre 2026" in read(page)) == (
        ["En cours"],
        True,
    )
    assert (
        f"Commandez en ligne avant le {LEAVES} : ensuite un formulaire papier part, et la commande"
        " s’interrompt une journée."
    ) in read(page)
    assert f"<strong>{LEAVES}</strong>".replace(" h ", "\u00a0h\u00a0") in main_of(page)
    assert ways(page) == [
        f"Commander pour {who.prenom} -> {order_for(who)}",
        f"Voir la déclaration de la carte de {who.prenom} -> {declaration.get_absolute_url()}",
    ]
    assert main_of(page).count("button-primary") == 1


TIMES: dict[str, tuple[timedelta, list[str], bool, str]] = {
    "at once": (0 * HOUR, ["En cours"], True, "Commander"),
    "a second before it leaves": (96 * HOUR - SECOND, ["En cours"], True, "Commander"),
    "it leaves": (96 * HOUR, ["Vous pouvez préparer une commande"], False, "Préparer la commande"),
    "a second before it reopens": (
        120 * HOUR - SECOND,
        ["Vous pouvez préparer une commande"],
        False,
        "Préparer la commande",
    ),
    "it reopens": (120 * HOUR, ["Vous pouvez commander"], False, "Commander une carte"),
}


@pytest.mark.parametrize(("after", "title", "runs", "button"), TIMES.values(), ids=TIMES)
@pytest.mark.usefixtures("declaration")
def test_window_is_told_to_the_second(
    assure: Assure, after: timedelta, title: list[str], *, runs: bool, button: str
) -> None:
    """F5, E11: on both pages, and neither says that an order is open while none may be sent."""
    with time_machine.travel(NOW + after, tick=False):
        browser = signed_in(assure)
        home, cards = browser.get(HOME), browser.get(CARDS)
    assert titles(home) == title
    assert [LEAVES in read(page) for page in (home, cards)] == [runs, runs]
    closed = title == ["Vous pouvez préparer une commande"]
    for page in (home, cards):
        assert (REOPENS in read(page), "La carte précédente ne sert plus" in read(page)) == (
            closed,
            not closed and (page is cards or not runs),
        )
    who = assure.beneficiaire
    assert ways(home)[0] == f"{button} pour {who.prenom} -> {order_for(who)}"
    on_cards = "Préparer la commande" if closed else "Commander une carte"
    assert f"{on_cards} pour {who.prenom} -> {order_for(who)}" in ways(cards)


def test_draft_begun_in_the_window_is_resumed_and_keeps_its_last_hour(
    assure_client: Client, assure: Assure, declaration: Declaration
) -> None:
    draft = CommandeFactory(author=assure)
    page = assure_client.get(HOME)
    assert (titles(page), LEAVES in read(page)) == (["En cours"], True)
    assert [way.partition(" -> ")[2] for way in ways(page)] == [
        declaration.get_absolute_url(),
        reverse("order_resume", args=[draft.reference]),
    ]


def test_window_of_who_may_not_order_tells_of_the_form_alone(
    assure_client: Client, assure: Assure, declaration: Declaration
) -> None:
    """E8: the declaration's page says why."""
    assure.adresses.update(npai_since=NOW)
    page = assure_client.get(HOME)
    assert f"Un formulaire papier est prévu le {LEAVES}. La commande en ligne est fermée" in read(page)
    assert [way.partition(" -> ")[2] for way in ways(page)] == [declaration.get_absolute_url()]


@pytest.mark.parametrize("state", [CommandeState.SUBMITTED, CommandeState.DELIVERED])
@pytest.mark.usefixtures("declaration")
def test_window_is_over_with_an_order_or_a_card(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    CommandeFactory(author=assure, state=state, created_at=NOW)
    assert LEAVES not in read(assure_client.get(HOME))


def test_other_parent_sees_the_window_too(assure: Assure) -> None:
    child = ayant_droit(assure, other := assure_ready())
    made = declared(CarteFactory(beneficiaire=child), assure)
    page = signed_in(other).get(HOME)
    assert f"Voir la déclaration de la carte de {child.prenom} -> {made.get_absolute_url()}" in ways(page)


def test_running_windows_cost_no_more_queries(assure_client: Client, assure: Assure) -> None:
    def cost(rows: int) -> int:
        for _ in range(rows):
            PliFactory(declaration__author=assure, declaration__carte__beneficiaire=ayant_droit(assure))
        with CaptureQueriesContext(connection) as captured:
            page = assure_client.get(HOME)
        assert len(page.context["windows"]) in (1, 3)
        return len(captured)

    assure_client.get(HOME)
    assert (cost(1), cost(2)) == (10, 10)


# --- What may only be prepared (section 5) -----------------------------------------------------


def test_address_that_waits_lets_one_prepare_and_says_until_when(
    assure_client: Client, assure: Assure
) -> None:
    """E12."""
    AdresseFactory(assure=assure, given_at=NOW - HOUR, usable_at=NOW + 2 * DAY)
    who = assure.beneficiaire
    home, cards = assure_client.get(HOME), assure_client.get(CARDS)
    assert titles(home) == ["Vous pouvez préparer une commande"]
    for page in (home, cards):
        assert "à partir du mercredi 4 novembre 2026 à 10 h 00" in read(page)
        assert f"Préparer la commande pour {who.prenom} -> {order_for(who)}" in ways(page)
        assert "première carte" not in read(page)


def test_household_says_who_may_order_and_who_may_prepare(assure_client: Client, assure: Assure) -> None:
    child = ayant_droit(assure)
    CarteFactory(beneficiaire=child, opposed=True, form_due_at=NOW - HOUR, online_again_at=NOW + 23 * HOUR)
    page = assure_client.get(HOME)
    assert titles(page) == ["Vous pouvez commander", "Vous pouvez préparer une commande"]
    assert [way.partition(" -> ")[2] for way in ways(page)] == [
        order_for(assure.beneficiaire),
        order_for(child),
    ]
