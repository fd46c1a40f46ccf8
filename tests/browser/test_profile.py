"""« Mes informations » in a browser: on a phone, by keyboard, without JavaScript (A7, A9)."""

import io
import zipfile
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Assure, OutboxMail
from tests.browser.conftest import SignedIn
from tests.browser.steps import SPILL, focused, press, tab_to
from tests.factories import CODE

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
IBAN = "FR76 3000 6000 0112 3456 7890 189"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_iban_is_given_on_a_phone(signed_in: SignedIn, assure: Assure, *, script: bool) -> None:
    page = signed_in(assure, viewport=PHONE, java_script_enabled=script)
    page.goto("/mes-informations/")
    page.get_by_role("link", name="Ajouter un IBAN").click()
    page.get_by_label("IBAN").fill(IBAN[:-1] + "8")
    press(page, "Continuer")
    expect(page.get_by_label("IBAN")).to_have_value(IBAN[:-1] + "8")
    expect(page.locator(".field-error li")).to_contain_text("sa clé ne convient pas")
    page.get_by_label("IBAN").fill(IBAN)
    press(page, "Continuer")
    expect(page.get_by_text(IBAN, exact=True)).to_be_visible()
    assert page.evaluate(SPILL) == 0 if script else True
    press(page, "Corriger")
    expect(page.get_by_label("IBAN")).to_have_value(IBAN.replace(" ", ""))
    press(page, "Continuer")
    press(page, "Enregistrer ce compte")
    expect(page.locator(".notice-ok")).to_contain_text("Vos coordonnées bancaires sont enregistrées.")
    expect(page.locator("main")).to_contain_text("se termine par 0189")


def test_address_typed_before_the_ten_minutes_is_kept_after(
    signed_in: SignedIn, assure: Assure, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = signed_in(assure, viewport=PHONE)
    page.goto("/mes-informations/adresse/")
    expect(page.get_by_label("Votre code personnel")).to_have_count(0)
    page.locator("[name=voie]").fill("3 QUAI NEUF")
    monkeypatch.setattr("accounts.sessions.RECENT", timedelta(0))  # they have passed
    press(page, "Enregistrer l’adresse")
    expect(page.locator("[name=voie]")).to_have_value("3 QUAI NEUF")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_label("Votre code personnel").fill(CODE)
    press(page, "Enregistrer l’adresse")
    page.wait_for_url("**/mes-informations/")
    expect(page.locator(".notice-ok")).to_contain_text("Nouvelle adresse enregistrée.")


def test_code_is_changed_by_keyboard_with_its_rules_told(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto("/mes-informations/code/")
    tab_to(page, page.locator("[name=code]"))
    page.keyboard.type(CODE)
    tab_to(page, page.locator("[name=new_code]"))
    page.keyboard.type("galet")
    expect(page.locator("[data-code-status]")).to_contain_text("au moins un chiffre")
    page.keyboard.type("-rond-7")
    expect(page.locator("[data-met=no]")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/mes-informations/")
    expect(page.locator(".notice-ok")).to_contain_text("Votre code personnel est changé.")
    assure.user.refresh_from_db()
    assert assure.user.check_password("galet-rond-7")


def test_email_changes_by_the_link_that_was_sent(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure, viewport=PHONE)
    page.goto("/mes-informations/adresse-electronique/")
    page.get_by_label("Nouvelle adresse électronique").fill("nouvelle@courriel.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mes-informations/")
    expect(page.locator("main")).to_contain_text("En attente : nouvelle@courriel.example")
    link = OutboxMail.objects.get().secret
    page.goto(link.partition("8000")[2])
    press(page, "Confirmer l’adresse")
    expect(page.locator(".notice-ok")).to_contain_text("Votre adresse électronique est changée.")
    expect(page.locator("main")).not_to_contain_text("En attente")


def fetched(page: Page) -> set[str]:
    with page.expect_download() as download:
        press(page, "Télécharger")
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as whole:
        return set(whole.namelist())


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_data_are_downloaded_twice_from_one_page(
    signed_in: SignedIn, assure: Assure, *, script: bool
) -> None:
    page = signed_in(assure, viewport=PHONE, java_script_enabled=script)
    page.goto("/mes-informations/mes-donnees/")
    assert fetched(page) == fetched(page) == {"LISEZ-MOI.txt", "mes-donnees.json"}


def test_correction_is_asked_by_keyboard(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure, viewport=PHONE)
    page.goto("/mes-informations/correction/")
    tab_to(page, page.locator("[name=kind]").first)
    page.keyboard.press("ArrowDown")
    tab_to(page, page.locator("[name=wrong]"))
    page.keyboard.type("Camile")
    tab_to(page, page.locator("[name=right]"))
    page.keyboard.type("Camille")
    tab_to(page, page.get_by_role("button", name="Envoyer à ma caisse"))
    assert focused(page).inner_text() == "Envoyer à ma caisse"
    page.keyboard.press("Enter")
    page.wait_for_url("**/mes-informations/")
    assert assure.rectifications.get().wrong == "Camile"
