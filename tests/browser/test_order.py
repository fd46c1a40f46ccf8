"""The whole order in a browser, and the ways of sending it twice (section 7, C2)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Agent, Assure
from carte.enums import CarteState, CommandeState, IdentiteNature
from carte.fabrication import deliver_due, seal_lot, ship_due
from carte.models import Carte, Commande, CommandeEvent
from tests.browser.conftest import NewContext, SignedIn
from tests.browser.steps import (
    agent_sign_in,
    at_validation,
    give,
    path,
    picture,
    press,
    sign_in,
    tick,
    url_of,
)

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])


def order(page: Page) -> Commande:
    """From « Accueil » to the confirmation."""
    page.get_by_role("link", name="Commander une carte pour Camille").click()
    press(page, "Continuer")
    press(page, "J’ai compris")
    give(page, picture())
    press(page, "Continuer")
    press(page, "J’ai compris")
    give(page, picture(name="passeport.jpg"))
    page.get_by_label("Passeport").check()
    press(page, "Continuer")
    page.locator("[name=adresse]").check()
    page.locator("[name=statement]").check()
    press(page, "Valider la commande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre commande est envoyée")
    return Commande.objects.get()


def accept(page: Page, *, script: bool) -> None:
    """Take the oldest order and accept it: by keys, or by what one clicks."""
    press(page, "Suivante")
    expect(page.locator(".claim")).to_contain_text("à vous jusqu’à")
    page.wait_for_load_state()  # the keys are there
    if script:
        page.keyboard.press("c")
        page.keyboard.press("a")
    else:
        page.locator("[name=compared]").check()
        page.get_by_role("button", name="Accepter").click()
    expect(page.locator(".messagelist .success")).to_contain_text("est acceptée")


def let_time_pass(commande: Commande) -> None:
    """Seal, ship, deliver: each sweep at the instant the order is due."""
    for sweep in (seal_lot, ship_due, deliver_due):
        commande.refresh_from_db()
        sweep(commande.due_at)


@SCRIPT
def test_order_goes_from_sign_in_to_card_in_use(
    new_context: NewContext, assure: Assure, agent: Agent, script: bool
) -> None:
    page = new_context(java_script_enabled=script).new_page()
    sign_in(page, assure)
    commande = order(page)
    desk = new_context(java_script_enabled=script).new_page()
    agent_sign_in(desk, agent)
    accept(desk, script=script)
    let_time_pass(commande)

    press(page, "Suivre ma commande")
    expect(page.locator(".badge")).to_have_text("Carte reçue")
    expect(page.locator(".timeline li")).to_have_count(6)
    expect(page.locator(".timeline [data-status=ahead]")).to_have_count(0)
    page.goto("/carte/")
    expect(page.locator("article .badge")).to_have_text("En service")
    assert commande.pieces.get(kind="IDENTITE").nature == IdentiteNature.PASSEPORT
    assert Carte.objects.get().state == CarteState.IN_USE


@SCRIPT
def test_double_click_sends_one_order(signed_in: SignedIn, assure: Assure, script: bool) -> None:
    page = signed_in(assure, java_script_enabled=script)
    commande = at_validation(page, assure)
    page.get_by_role("button", name="Valider la commande").dblclick()
    # Without script the second click aborts the first navigation: only where it ends matters.
    expect(page.get_by_role("heading", name="Votre commande est envoyée")).to_be_visible()
    assert page.url.endswith(path("order_confirmation", commande))
    assert CommandeEvent.objects.filter(to_state=CommandeState.SUBMITTED).count() == 1
    assert Commande.objects.count() == 1


def test_two_tabs_show_the_same_order(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    commande = at_validation(page, assure)
    other = page.context.new_page()
    tick(other, commande)
    for tab in (page, other):
        press(tab, "Valider la commande")
        tab.wait_for_url(url_of("order_confirmation", commande))
    assert CommandeEvent.objects.count() == 1


def test_confirmation_reloaded_or_gone_back_from_is_the_same_order(
    signed_in: SignedIn, assure: Assure
) -> None:
    page = signed_in(assure)
    commande = at_validation(page, assure)
    press(page, "Valider la commande")
    page.wait_for_url(url_of("order_confirmation", commande))
    reference = page.locator("strong.figures").inner_text()
    page.reload()
    assert page.locator("strong.figures").inner_text() == reference
    page.go_back()
    page.wait_for_url(url_of("order_confirmation", commande))
    assert page.locator("strong.figures").inner_text() == reference
    assert CommandeEvent.objects.count() == 1
