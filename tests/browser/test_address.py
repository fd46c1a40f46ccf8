"""The address form: what is proposed while one types, and what is refused (B2, B3)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Assure
from tests.browser.conftest import SignedIn
from tests.browser.steps import press

pytestmark = pytest.mark.browser

ADDRESS = "/mes-informations/adresse/"
PROPOSED = "options => options.map((option) => option.value)"
ABROAD = (
    "« {code} » n’est pas un code postal en France. La carte n’est envoyée qu’à une adresse en France, "
    "définitive ou provisoire : indiquez celle d’un proche, ou contactez votre caisse."
)


@pytest.fixture
def page(signed_in: SignedIn, assure: Assure) -> Page:
    """The form, open, with the address on file in it."""
    page = signed_in(assure)
    page.goto(ADDRESS)
    return page


def test_communes_of_a_postcode_are_proposed(page: Page) -> None:
    page.locator("[name=commune]").fill("")
    page.locator("[name=code_postal]").fill("")
    page.locator("[name=code_postal]").press_sequentially("01000")
    expect(page.locator("datalist option")).to_have_count(2)
    proposed = page.locator("datalist option").evaluate_all(PROPOSED)
    assert proposed == ["Bourg-en-Bresse", "Saint-Denis-lès-Bourg"]
    expect(page.locator("[name=commune]")).to_have_value("")


def test_only_commune_of_a_postcode_is_written(page: Page) -> None:
    page.locator("[name=code_postal]").fill("01280")
    expect(page.locator("[name=commune]")).to_have_value("Prévessin-Moëns")
    press(page, "Enregistrer l’adresse")
    page.wait_for_url("**/mes-informations/")
    expect(page.locator(".notice-ok")).to_contain_text("Nouvelle adresse enregistrée.")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("code_postal", "99100", ABROAD.format(code="99100")),
        ("code_postal", "98000", ABROAD.format(code="98000")),
        ("code_postal", "", "Écrivez le code postal."),
        (
            "commune",
            "Nîmes",
            (
                "01000 n’est pas le code postal de « Nîmes ». Il dessert : Bourg-en-Bresse, "
                "Saint-Denis-lès-Bourg."
            ),
        ),
    ],
    ids=["abroad", "monaco", "empty", "commune-of-another"],
)
def test_wrong_postcode_is_told_in_french(page: Page, field: str, value: str, sentence: str) -> None:
    control = page.locator(f"[name={field}]")
    control.fill(value)
    press(page, "Enregistrer l’adresse")
    expect(page.locator("[data-error-summary] li")).to_have_text([sentence])
    expect(page.locator(".field-error li")).to_have_text([sentence])
    page.locator("[data-error-summary] a").click()
    expect(control).to_be_focused()


def test_last_day_is_asked_for_a_provisional_address_only(page: Page) -> None:
    until = page.get_by_label("Jusqu’au")
    expect(until).to_be_hidden()
    page.get_by_label("Provisoire").check()
    expect(until).to_be_visible()
    press(page, "Enregistrer l’adresse")
    sentence = "Écrivez jusqu’à quel jour vous êtes à cette adresse."
    expect(page.locator("[data-error-summary] li")).to_have_text([sentence])
    page.get_by_label("Définitive").check()
    expect(until).to_be_visible()
