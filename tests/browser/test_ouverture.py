"""An account opened on a phone: by the keyboard alone, and without JavaScript (A2, A4, A5)."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.code_personnel import RULES_SHOWN
from accounts.models import Assure, User
from accounts.ouverture.demandes import judge
from tests.browser.conftest import NewContext
from tests.browser.steps import SPILL, press, tab_to
from tests.browser.test_keyboard import enter, mend_from_summary
from tests.ouvrir import IBAN_END, MAILBOX, NEW_CODE, SERIAL_END, last_link, stranger, typed

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 320, "height": 640}}


def write(page: Page, name: str, text: str) -> None:
    tab_to(page, page.locator(f"main [name={name}]"))
    page.keyboard.type(text)


def expect_title(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert page.evaluate(SPILL) == 0, page.url


def test_account_is_opened_by_the_keyboard(new_context: NewContext) -> None:
    assure = stranger()
    page = new_context(**PHONE).new_page()
    page.goto("/compte/ouvrir/")
    enter(page, "Continuer")
    mend_from_summary(page, page.locator("[name=nom]"))
    facts = typed(assure)
    page.keyboard.type(facts["nom"])
    write(page, "nir", facts["nir"])
    write(page, "date_naissance", "15/01/1985")
    write(page, "code_postal", facts["code_postal"])
    enter(page, "Continuer")
    expect_title(page, "Prouvez que c’est vous")
    write(page, "iban", IBAN_END)
    tab_to(page, page.locator("[value=PHOTO]"))
    page.keyboard.press("Space")
    write(page, "serial", SERIAL_END)
    enter(page, "Continuer")
    expect_title(page, "Les conditions d’utilisation")
    tab_to(page, page.locator("[name=accepted]"))
    page.keyboard.press("Space")
    enter(page, "Continuer")
    expect_title(page, "Choisissez votre code personnel")
    write(page, "code", NEW_CODE)
    enter(page, "Continuer")
    expect_title(page, "Votre adresse électronique")
    write(page, "email", MAILBOX)
    enter(page, "Envoyer le lien")
    expect_title(page, "Ouvrez le courriel que nous vous envoyons")
    page.goto(last_link())
    expect_title(page, "Confirmez votre adresse électronique")
    assert "jeton" not in page.url
    enter(page, "Confirmer et ouvrir mon compte")
    expect(page.get_by_role("status").first).to_contain_text("Votre compte est ouvert")
    assert User.objects.get().assure == assure


def test_account_is_opened_without_javascript(new_context: NewContext) -> None:
    assure = stranger()
    page = new_context(java_script_enabled=False, **PHONE).new_page()
    page.goto("/connexion/")
    press(page, "Ouvrir un compte")
    for name, value in typed(assure).items():
        page.locator(f"[name={name}]").fill(value)
    press(page, "Continuer")
    page.locator("[name=iban]").fill(IBAN_END)
    page.locator("[value=PHOTO]").check()
    page.locator("[name=serial]").fill(SERIAL_END)
    press(page, "Continuer")
    page.locator("[name=accepted]").check()
    press(page, "Continuer")
    page.locator("[name=code]").fill("court")
    press(page, "Continuer")
    expect(page.locator(".field-error")).to_contain_text("Ce code est trop court")
    page.locator("[name=code]").fill(NEW_CODE)
    press(page, "Continuer")
    page.locator("[name=email]").fill(MAILBOX)
    press(page, "Envoyer le lien")
    page.goto(last_link())
    press(page, "Confirmer et ouvrir mon compte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    assert User.objects.get().assure == assure


# What is typed, and whether each rule a browser judges is met: length, letter, digit, special.
TYPED = {
    "a": (False, True, False, False),
    "abcdefg1": (True, True, True, False),
    "abcdef1-": (True, True, True, True),
    "12345678*": (True, False, True, True),
    "éàü-12345": (True, True, True, True),
    "абвгдеж1-": (True, False, True, True),
    "x" * 49 + "1-": (False, True, True, True),
    "a b c d e": (True, True, False, False),
}


def test_rules_are_marked_as_one_types_and_said(new_context: NewContext, assure: Assure) -> None:
    page = new_context(**PHONE).new_page()
    page.goto("/compte/code-oublie/")
    page.get_by_label("Numéro de sécurité sociale").fill(assure.beneficiaire.nir)
    press(page, "Recevoir le lien")
    expect_title(page, "Regardez vos courriels")
    judge(timezone.now())
    page.goto(last_link())
    field, rules = page.locator("[name=code]"), page.locator("[data-pattern]")
    expect(rules).to_have_count(len([pattern for _words, pattern in RULES_SHOWN if pattern]))
    for text, met in TYPED.items():
        field.fill(text)
        marks = rules.evaluate_all("items => items.map((item) => item.dataset.met === 'yes')")
        assert tuple(marks) == met, text
    expect(page.locator("[data-code-status]")).to_contain_text("au moins un chiffre")
    field.fill(NEW_CODE)
    expect(page.locator("[data-code-status]")).to_have_text("Les règles visibles sont respectées.")
    press(page, "Enregistrer le nouveau code")
    expect(page.get_by_role("status").first).to_contain_text("Votre nouveau code est enregistré")
