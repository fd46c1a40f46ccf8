"""Setting an application of codes up at the first sign-in, and signing in with it (A10)."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.gestion.otp import code_of
from accounts.models import Agent
from tests.browser.conftest import NewContext
from tests.browser.steps import SCREEN, SPILL, TABS_AT_MOST, agent_sign_in, focused, press
from tests.factories import PASSWORD, AgentFactory

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}


def arrive(page: Page, agent: Agent) -> None:
    page.goto("/gestion/")
    page.locator("[name=username]").fill(agent.user.identifiant)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[type=submit]").click()


def reach(page: Page, name: str) -> None:
    """Press Tab up to a button of the stock frame, and Enter, once the page that has it is there."""
    expect(page.get_by_role("button", name=name)).to_be_visible()
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        if focused(page).inner_text() == name:
            return page.keyboard.press("Enter")
    raise AssertionError(f"Tab never reached {name}")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("script", [True, False], ids=["JavaScript", "no JavaScript"])
def test_application_is_set_up_by_keyboard_at_320_px(new_context: NewContext, script: bool) -> None:
    agent = AgentFactory(totp=False)
    page = new_context(viewport=NARROW, java_script_enabled=script).new_page()
    arrive(page, agent)
    reach(page, "Continuer")
    expect(page.get_by_role("img", name="Code QR à lire avec l’application")).to_be_visible()
    assert script is False or page.evaluate(SPILL) <= 0
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(code_of(secret, timezone.now()))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    assert script is False or page.evaluate(SPILL) <= 0
    press(page, "J’ai gardé ces codes\N{NO-BREAK SPACE}: continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accueil des agents")


def test_codes_are_saved_as_a_file(new_context: NewContext, transactional_db: None) -> None:  # noqa: ARG001
    page = new_context(viewport=SCREEN).new_page()
    arrive(page, AgentFactory(totp=False))
    press(page, "Continuer")
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(code_of(secret, timezone.now()))
    press(page, "Vérifier le code")
    shown = page.locator(".codes code").all_inner_texts()
    with page.expect_download() as saved:
        press(page, "Enregistrer les codes dans un fichier")
    assert saved.value.suggested_filename == "codes-de-secours.txt"
    assert saved.value.path().read_text().split() == shown


def test_agent_signs_in_with_the_code_of_the_moment(new_context: NewContext, agent: Agent) -> None:
    page = new_context(viewport=SCREEN).new_page()
    agent_sign_in(page, agent)
    expect(page.get_by_role("heading", level=1)).to_have_text("Accueil des agents")


def test_wrong_code_is_told_beside_its_field(new_context: NewContext, agent: Agent) -> None:
    page = new_context(viewport=SCREEN).new_page()
    arrive(page, agent)
    page.get_by_label("Code à six chiffres").fill("000000")
    press(page, "Entrer")
    expect(page.locator(".errorlist")).to_contain_text("Ce code n’est pas le bon")
    assert page.title().startswith("Erreur")
