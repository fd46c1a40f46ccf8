"""The review page in a browser: a piece asked again by two keys, or without JavaScript (D2 to D4)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Agent
from carte.enums import CommandeState, PieceKind
from carte.models import Commande
from tests.browser.conftest import SignedIn
from tests.browser.steps import SCREEN, press
from tests.factories import CommandeFactory, PieceFactory, assure_ready

pytestmark = pytest.mark.browser
SAID = "Les yeux ne se voient pas bien."


def opened(signed_in: SignedIn, agent: Agent, *, script: bool = True) -> Page:
    """The review of the one order that waits, on an agent's screen."""
    commande = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
    for kind in PieceKind:
        PieceFactory(commande=commande, kind=kind)
    desk = signed_in(agent, viewport=SCREEN, java_script_enabled=script)
    desk.goto("/gestion/")
    press(desk, "Suivante")
    if script:
        expect(desk.locator("[data-shortcuts]")).to_be_visible()  # the keys are there
    return desk


def reason() -> str:
    events = Commande.objects.get().events.filter(to_state=CommandeState.TO_CORRECT)
    return events.get().reason


def test_two_keys_ask_for_a_piece_and_the_message_shows_between_them(
    signed_in: SignedIn, agent: Agent
) -> None:
    desk = opened(signed_in, agent)
    desk.keyboard.press("r")
    expect(desk.locator("[data-preview] pre")).to_contain_text(SAID)
    send = desk.get_by_role("button", name="Envoyer et redemander")
    expect(send).to_be_in_viewport(ratio=1)
    desk.keyboard.press("d")
    expect(desk.locator(".messagelist .success")).to_contain_text("attend une nouvelle pièce")
    assert reason() == "PHOTO:EYES"


def test_without_javascript_the_message_has_a_page_of_its_own(signed_in: SignedIn, agent: Agent) -> None:
    desk = opened(signed_in, agent, script=False)
    desk.get_by_label("Yeux").check()
    desk.get_by_role("button", name="Redemander\N{NO-BREAK SPACE}: voir le message").click()
    expect(desk.locator("[data-message]")).to_contain_text(SAID)
    press(desk, "Redemander une pièce et envoyer ce message")
    expect(desk.locator(".messagelist .success")).to_contain_text("attend une nouvelle pièce")
    assert reason() == "PHOTO:EYES"


def test_keys_can_be_put_aside(signed_in: SignedIn, agent: Agent) -> None:
    desk = opened(signed_in, agent)
    desk.get_by_label("Raccourcis d’une touche").uncheck()
    desk.keyboard.press("r")
    expect(desk.get_by_label("Yeux")).not_to_be_checked()
    desk.reload()
    desk.keyboard.press("c")
    expect(desk.locator("[name=compared]")).not_to_be_checked()
