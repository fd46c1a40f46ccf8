"""The agent’s desk on his screen, and the page of an address that leads nowhere."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Agent, Assure
from carte.enums import CommandeState, PieceKind
from tests.browser.conftest import SignedIn
from tests.browser.steps import SCREEN, SPILL, press
from tests.factories import CommandeFactory, PieceFactory, assure_ready

pytestmark = pytest.mark.browser

LISTS = ("index", "carte_commande_changelist")
OFF_CENTRE = "frame => Math.abs(2 * frame.scrollLeft + frame.clientWidth - frame.scrollWidth)"


def test_unknown_page_leads_on(signed_in: SignedIn, assure: Assure, heard: list[str]) -> None:
    page = signed_in(assure)
    page.goto("/nulle-part/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas, ou n’existe plus")
    press(page, "Voir mes commandes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Suivre mes commandes")
    heard.clear()  # the 404 itself


def test_desk_complains_of_nothing(signed_in: SignedIn, agent: Agent) -> None:
    commande = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
    for kind in PieceKind:
        PieceFactory(commande=commande, kind=kind)
    page = signed_in(agent, viewport=SCREEN)
    for name in reversed(LISTS):
        page.goto(reverse(f"admin:{name}"))
        assert page.evaluate(SPILL) == 0
    press(page, "Suivante")
    expect(page.locator("[data-picture] img")).to_have_count(2)
    assert page.evaluate(SPILL) == 0
    page.keyboard.press("1")
    expect(page.locator(".picture-frame").first).to_contain_class("zoomed")
    assert page.locator(".picture-frame").first.evaluate(OFF_CENTRE) <= 2
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_have_text("Comparez les quatre points, puis cochez.")
    page.keyboard.press("x")
    expect(page.locator(".messagelist .success")).to_contain_text("est remise dans la file")
