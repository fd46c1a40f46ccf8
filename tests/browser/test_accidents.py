"""What only a browser does to an order: another tab, going back, no JavaScript (A6, C2)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Assure
from carte.enums import CommandeState
from carte.models import Commande
from tests.browser.conftest import SignedIn
from tests.browser.steps import at_validation, lose_session, path, press, sign_in, tick, url_of
from tests.factories import whole_draft

pytestmark = pytest.mark.browser


def test_page_left_in_another_tab_is_sent_by_one_click_more(signed_in: SignedIn, assure: Assure) -> None:
    """Signing in changes the token of every form: what the page left open sends is kept, not refused."""
    page = signed_in(assure)
    page.goto("/accueil/")
    commande = at_validation(page, assure)
    lose_session(page)
    other = page.context.new_page()
    sign_in(other, assure)
    other.wait_for_url("**/accueil/")
    press(page, "Valider la commande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reprendre votre envoi")
    press(page, "Reprendre l’envoi")
    page.wait_for_url(url_of("order_confirmation", commande))
    assert Commande.objects.get().state == CommandeState.SUBMITTED


def test_back_after_signing_out_shows_nothing(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    commande = at_validation(page, assure)
    press(page, "Se déconnecter")
    page.wait_for_url("**/")
    page.go_back()
    page.wait_for_url("**/connexion/**")
    page.go_back()
    expect(page.get_by_text(commande.beneficiaire.nom)).to_have_count(0)


def test_order_without_a_photo_is_rated_and_its_recap_read(signed_in: SignedIn, assure: Assure) -> None:
    """P7, step 5, without JavaScript."""
    page = signed_in(assure, java_script_enabled=False)
    commande = whole_draft(author=assure, photo_conditions_at=timezone.now())
    page.goto(path("order_photo", commande))
    press(page, "Je ne peux pas fournir de photo")
    press(page, "Enregistrer et continuer")
    expect(page.locator("[data-error-summary]")).to_contain_text("Choisissez la raison.")
    page.get_by_label("Raison médicale").check()
    page.get_by_label("Votre explication").fill("Un appareil couvre mon visage.")
    press(page, "Enregistrer et continuer")
    page.wait_for_url(url_of("order_validation", commande))
    expect(page.get_by_text("Sans photo, avec votre explication")).to_be_visible()
    tick(page, commande)
    press(page, "Valider la commande")
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger le récapitulatif").click()
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    page.get_by_label("Satisfait", exact=True).check()
    press(page, "Envoyer mon avis")
    expect(page.get_by_text("Merci de nous avoir donné votre avis.")).to_be_visible()
