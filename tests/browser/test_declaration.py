"""A stolen card, by a worried person on a phone: from the home page to the attestation in hand (F1 to F4)."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Assure
from carte.enums import CarteState
from carte.models import Carte
from tests.browser.conftest import NewContext
from tests.browser.steps import know
from tests.factories import CODE, CarteFactory

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TAPS = 8


class Thumb:
    """Taps, and counts them; typing costs the tap that opens the field."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name).first.tap()  # type: ignore[arg-type]
        self.taps += 1

    def write(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.tap()
        field.fill(text)
        self.taps += 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_stolen_card_is_declared_in_eight_taps(
    new_context: NewContext, assure: Assure, tmp_path: Path, script: bool
) -> None:
    carte = CarteFactory(beneficiaire=assure.beneficiaire, made_on=date(2020, 1, 1))
    page = new_context(java_script_enabled=script, accept_downloads=True, **PHONE).new_page()
    page.goto("/")
    know(page, assure)  # her own phone: elsewhere, six digits come by mail first (A11)
    thumb = Thumb(page)
    thumb.tap("link", "Carte perdue, volée ou hors d’usage")
    thumb.write("Numéro de sécurité sociale", assure.beneficiaire.nir)
    thumb.write("Code personnel", CODE)
    thumb.tap("button", "Se connecter")
    expect(page.get_by_role("heading", name="Ce qui se passe ensuite")).to_be_visible()
    thumb.tap("radio", "Vol")
    thumb.tap("button", "Déclarer et désactiver la carte")
    expect(page.get_by_role("heading", level=1)).to_contain_text("est désactivée")
    with page.expect_download() as download:
        thumb.tap("link", "Télécharger l’attestation (PDF)")
    download.value.save_as(tmp_path / "attestation.pdf")
    assert (tmp_path / "attestation.pdf").read_bytes()[:5] == b"%PDF-"
    assert Carte.objects.get(pk=carte.pk).state == CarteState.OPPOSED
    assert thumb.taps <= TAPS


def test_attestation_is_checked_by_its_code(new_context: NewContext, assure: Assure) -> None:
    """F4: from the confirmation to the order in one tap too (C4, F9)."""
    CarteFactory(beneficiaire=assure.beneficiaire, made_on=date(2020, 1, 1))
    page = new_context(**PHONE).new_page()
    page.goto("/declarations/nouvelle/")
    know(page, assure)
    page.get_by_label("Numéro de sécurité sociale").fill(assure.beneficiaire.nir)
    page.get_by_label("Code personnel", exact=True).fill(CODE)
    page.get_by_role("button", name="Se connecter").tap()
    page.get_by_role("radio", name="Perte").tap()
    page.get_by_role("button", name="Déclarer et désactiver la carte").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("est désactivée")
    code = assure.attestations.get().code
    page.get_by_role("link", name="Commander une nouvelle carte").tap()
    expect(page.get_by_role("radio", name=assure.beneficiaire.prenom)).to_be_checked()
    page.goto(f"/verifier/?code={code}")
    expect(page.get_by_role("heading", name="Cette attestation est authentique")).to_be_visible()
    page.get_by_label("Code de vérification").fill(code[:-1] + ("0" if code[-1] != "0" else "1"))
    page.get_by_role("button", name="Vérifier").tap()
    expect(page.get_by_role("heading", name="Ce code est mal recopié")).to_be_visible()
