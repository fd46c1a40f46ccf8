"""The second step of signing in, in a browser: by keyboard, with JavaScript and without (A11)."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Assure, OutboxMail
from tests.browser.conftest import NewContext
from tests.browser.steps import first_step, give_pair, press, tab_to

pytestmark = pytest.mark.browser
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def digits() -> str:
    found = re.search(r"\b\d{6}\b", OutboxMail.objects.latest("pk").whole_text)
    assert found is not None
    return found[0]


@SCRIPT
def test_new_device_is_trusted_by_keyboard_and_asked_no_more(
    new_context: NewContext, assure: Assure, *, script: bool
) -> None:
    page = new_context(java_script_enabled=script, viewport={"width": 320, "height": 640}).new_page()
    first_step(page, assure)
    field = page.locator("[name=digits]")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")
    tab_to(page, field)
    page.keyboard.type("000 00")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_contain_text("Écrivez les 6 chiffres du code reçu.")
    field.fill("")
    page.keyboard.type(digits())
    tab_to(page, page.locator("[name=trust]"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Continuer", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Camille")
    press(page, "Se déconnecter")
    page.goto("/connexion/")
    give_pair(page, assure)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Camille")


@SCRIPT
def test_another_code_is_asked_for_when_nothing_came(
    new_context: NewContext, assure: Assure, *, script: bool
) -> None:
    page = new_context(java_script_enabled=script).new_page()
    first_step(page, assure)
    press(page, "Envoyer un nouveau code")
    expect(page.get_by_text("Un nouveau code vient de partir.")).to_be_visible()
    page.locator("[name=digits]").fill(digits())
    press(page, "Continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Camille")
