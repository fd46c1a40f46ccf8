"""The order by the keyboard alone: Tab, Space, Enter; every stop shows its focus (WCAG 2.1.1, 2.4.7)."""

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Assure
from carte.enums import CommandeState
from carte.models import Commande
from tests.browser.conftest import NewContext, SignedIn
from tests.browser.steps import focused, know, picture, tab_to
from tests.factories import CODE, ayant_droit

pytestmark = pytest.mark.browser


def enter(page: Page, name: str) -> None:
    """Go to the button or link of that name, and press Enter: another page comes."""
    found = page.locator("main").get_by_role("button", name=name, exact=True)
    tab_to(page, found.or_(page.locator("main").get_by_role("link", name=name, exact=True)))
    with page.expect_navigation():
        page.keyboard.press("Enter")


def mend_from_summary(page: Page, target: Locator) -> None:
    """The error summary has the focus; its first link leads to what is to be mended."""
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(target).to_be_focused()


def give_by_keyboard(page: Page) -> None:
    expect(page.locator(".upload-on")).to_be_visible()  # the script is there: nothing moves under the keys
    tab_to(page, page.locator("[name=file]"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(picture())
    expect(page.get_by_role("button", name="Envoyer", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".preview a").first).to_be_focused()


def test_order_needs_no_mouse(signed_in: SignedIn, assure: Assure) -> None:
    child = ayant_droit(assure)
    page = signed_in(assure)
    page.on("filechooser", lambda _chooser: None)  # caught from the start: switching it on takes its time
    page.goto("/carte/commander/")
    page.keyboard.press("Tab")
    expect(focused(page)).to_have_text("Aller au contenu")
    enter(page, "Continuer")
    mend_from_summary(page, page.locator("fieldset"))
    tab_to(page, page.locator("[name=beneficiaire]").first)
    page.keyboard.press("ArrowDown")
    enter(page, "Continuer")

    enter(page, "J’ai compris")
    give_by_keyboard(page)
    enter(page, "Continuer")

    enter(page, "J’ai compris")
    give_by_keyboard(page)
    enter(page, "Continuer")
    mend_from_summary(page, page.locator("fieldset"))
    tab_to(page, page.locator("[name=nature]").first)
    page.keyboard.press("Space")
    enter(page, "Continuer")

    enter(page, "Valider la commande")
    mend_from_summary(page, page.locator("[name=adresse]"))
    page.keyboard.press("Space")
    tab_to(page, page.locator("[name=statement]"))
    page.keyboard.press("Space")
    enter(page, "Valider la commande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre commande est envoyée")
    assert [c.beneficiaire for c in Commande.objects.filter(state=CommandeState.SUBMITTED)] == [child]


def test_sign_in_error_takes_the_focus_and_the_code_can_be_read(
    new_context: NewContext, assure: Assure
) -> None:
    page = new_context().new_page()
    page.goto("/connexion/")
    know(page, assure)
    enter(page, "Se connecter")
    mend_from_summary(page, page.locator("[name=nir]"))
    page.keyboard.type(assure.beneficiaire.nir)
    page.keyboard.press("Tab")
    page.keyboard.type(CODE)
    tab_to(page, page.get_by_role("button", name="Afficher le code"))
    page.keyboard.press("Enter")
    expect(page.locator("[name=code]")).to_have_attribute("type", "text")
    expect(page.locator("[name=code]")).to_have_value(CODE)
    enter(page, "Se connecter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Camille")
