"""Every page at 320 px and on the agent’s screen: it fits, complains of nothing, asks no other host."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Agent, Assure
from carte.commandes import submit_commande
from carte.models import Commande
from tests.browser.conftest import NewContext, SignedIn
from tests.browser.steps import path, picture, press, ready_for_photo
from tests.factories import CarteFactory, CommandeFactory, ayant_droit, whole_draft

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
DESK = {"width": 1366, "height": 768}
PUBLIC = ("home", "help", "verify", "sign_in")
ACCOUNT = (
    "dashboard",
    "demarches",
    "cartes",
    "order_start",
    "inbox",
    "profile",
    "address",
    "tracking_list",
    "declare",
    "declaration_list",
)
DRAFT = ("order_photo", "sans_photo", "order_identite", "order_validation")
SENT = ("tracking", "order_confirmation", "satisfaction")
NO_PAGES = {
    "sign_out",
    "communes",
    "order_resume",
    "photo_image",
    "photo_delete",
    "photo_turn",
    "identite_image",
    "identite_delete",
    "identite_turn",
    "order_recapitulatif",
    "ask_rights",
    "blank_declaration",
    "declaration_attestation",
    "declaration_calendar",
    "rights_attestation",
}
ADMIN = ("index", "carte_commande_changelist")

OFF_CENTRE = "frame => Math.abs(2 * frame.scrollLeft + frame.clientWidth - frame.scrollWidth)"
SPILL = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def assert_fits(page: Page) -> None:
    """No sideways scroll; each tab is whole on the screen."""
    assert page.evaluate(SPILL) == 0, page.url
    width = page.viewport_size["width"]
    for tab in page.locator(".tabs a").all():
        box = tab.bounding_box()
        assert box["x"] >= 0, page.url
        assert box["x"] + box["width"] <= width, page.url


@pytest.fixture
def sent(assure: Assure, pieces_root: Path) -> Commande:  # noqa: ARG001
    """An order that was sent, so that a message tells it."""
    commande = whole_draft(author=assure)
    submit_commande(commande=commande, now=timezone.now())
    return commande


def test_every_address_is_in_these_lists() -> None:
    floors = [part for part in get_resolver().url_patterns if isinstance(part, URLResolver)]
    names = {route.name for floor in floors if not floor.namespace for route in floor.url_patterns}
    assert names == {*PUBLIC, *ACCOUNT, *DRAFT, *SENT, "message", "declaration", *NO_PAGES}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_page_fits_in_320_px(new_context: NewContext, scheme: str) -> None:
    page = new_context(viewport=NARROW, color_scheme=scheme).new_page()
    for name in PUBLIC:
        page.goto(reverse(name))
        assert_fits(page)
    press(page, "Se connecter")
    expect(page.locator("[data-error-summary]")).to_be_visible()
    assert_fits(page)


def pages_of(assure: Assure, sent: Commande) -> Iterator[str]:
    """Addresses of an account with an order, a message, a draft, a card in use."""
    draft = whole_draft(author=assure, beneficiaire=ayant_droit(assure))
    conditions = CommandeFactory(author=assure, beneficiaire=ayant_droit(assure))
    CarteFactory(beneficiaire=ayant_droit(assure, nom="DE LA ROCHEFOUCAULD-MONTBEL"))
    yield from (reverse(name) for name in (*PUBLIC[:-1], *ACCOUNT))
    yield from (path(name, draft) for name in DRAFT)
    yield path("order_photo", conditions)
    yield from (path(name, sent) for name in SENT)
    yield reverse("message", args=[assure.messages.get().reference])


def test_page_of_the_account_fits_in_320_px(signed_in: SignedIn, assure: Assure, sent: Commande) -> None:
    page = signed_in(assure, viewport=NARROW, has_touch=True)
    for address in pages_of(assure, sent):
        page.goto(address)
        expect(page.locator(".tabs a")).to_have_count(5)
        assert_fits(page)


def test_step_in_error_fits_in_320_px(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure, viewport=NARROW, has_touch=True)
    page.goto(path("order_validation", whole_draft(author=assure, beneficiaire=ayant_droit(assure))))
    press(page, "Valider la commande")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_fits(page)
    page.goto(path("order_photo", ready_for_photo(assure)))
    page.locator("[name=capture]").set_input_files(picture(b"<html>", name="x" * 60 + ".html"))
    press(page, "Envoyer")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_fits(page)


def test_unknown_page_fits_in_320_px(signed_in: SignedIn, assure: Assure, heard: list[str]) -> None:
    page = signed_in(assure, viewport=NARROW)
    page.goto("/nulle-part/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas, ou n’existe plus")
    assert_fits(page)
    heard.clear()  # the 404 itself


@pytest.mark.usefixtures("sent")
def test_desk_complains_of_nothing(signed_in: SignedIn, agent: Agent) -> None:
    page = signed_in(agent, viewport=DESK)
    for name in ADMIN:
        page.goto(reverse(f"admin:{name}"))
        assert page.evaluate(SPILL) == 0
    page.goto(reverse("admin:index"))
    press(page, "Suivante")
    expect(page.locator("[data-picture] img")).to_have_count(2)
    assert page.evaluate(SPILL) == 0
    page.keyboard.press("1")
    expect(page.locator(".picture-frame").first).to_contain_class("zoomed")
    assert page.locator(".picture-frame").first.evaluate(OFF_CENTRE) <= 2
    page.keyboard.press("a")
    expect(page.locator(".errorlist li")).to_have_text("Comparez les quatre points, puis cochez.")
    page.keyboard.press("x")
    expect(page.locator(".messagelist .success")).to_contain_text("est remise dans la file")
