"""The order on a phone: each change is said aloud; a session lost at a step costs that step alone (A6)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Assure
from carte.enums import CommandeState
from carte.models import Commande
from tests.browser.conftest import SignedIn
from tests.browser.steps import come_back, give, lose_session, path, picture, press, ready_for_photo, send

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
# What a screen reader would say: the words of a live region when they change.
LISTEN = """(() => {
  window.said = [];
  const hear = ({ target }) => {
    const node = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
    const words = node?.closest("[role=status], [role=alert]")?.textContent.trim();
    if (words && window.said.at(-1) !== words) window.said.push(words);
  };
  const all = { childList: true, subtree: true, characterData: true };
  new MutationObserver((changes) => changes.forEach(hear)).observe(document, all);
})()"""
LOOK = "Vérifiez l’aperçu, puis envoyez le fichier."
SENDING = "Envoi en cours."
CHECKING = "Fichier envoyé, vérification en cours."
SAID = {
    "sent": [LOOK, SENDING, CHECKING, "Votre fichier est reçu. Vérifiez-le, puis continuez."],
    "turned": ["L’image est pivotée d’un quart de tour."],
    "deleted": ["Le fichier est supprimé. Vous pouvez en envoyer un autre."],
    "stopped": [LOOK, SENDING, "Envoi annulé. Rien n’a été enregistré."],
}


def assert_said(page: Page, words: list[str]) -> None:
    """Just these, in this order; then silence is made."""
    page.wait_for_function("words => window.said.at(-1) === words", arg=words[-1])
    assert page.evaluate("window.said.splice(0)") == words


def test_each_change_is_said_aloud(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure, **PHONE)
    page.add_init_script(LISTEN)
    page.goto(path("order_photo", ready_for_photo(assure)))
    page.evaluate("window.said.splice(0)")
    give(page, picture())
    assert_said(page, SAID["sent"])
    page.get_by_role("button", name="Pivoter").click()
    assert_said(page, SAID["turned"])
    press(page, "Supprimer")
    assert_said(page, SAID["deleted"])
    page.route("**/photo/", lambda _route: None)
    send(page, picture())
    press(page, "Annuler l’envoi")
    assert_said(page, SAID["stopped"])
    page.unroute_all(behavior="ignoreErrors")
    page.locator("[name=file]").set_input_files(picture())


class Interrupted:
    """Someone whose session is over each time he sends: he signs in, finds the step, does it again."""

    def __init__(self, page: Page, assure: Assure) -> None:
        self.page = page
        self.assure = assure

    def press(self, name: str, *, again: bool = True) -> None:
        """Press a button in vain; it is pressed again, unless what goes with it has to be given first."""
        before = self.page.url
        lose_session(self.page)
        press(self.page, name)
        come_back(self.page, self.assure)
        self.page.wait_for_url(before)
        expect(self.page.locator(".notice-warn").first).to_contain_text("Votre session avait pris fin")
        if again:
            press(self.page, name)


@SCRIPT
def test_session_lost_at_each_step_costs_only_what_was_being_sent(
    signed_in: SignedIn, assure: Assure, script: bool
) -> None:
    page = signed_in(assure, java_script_enabled=script, **PHONE)
    person = Interrupted(page, assure)
    page.goto("/carte/commander/")
    person.press("Continuer")
    person.press("J’ai compris")
    page.locator("[name=file]").set_input_files(picture())
    person.press("Envoyer", again=False)
    give(page, picture())
    person.press("Pivoter d’un quart de tour")
    expect(page.locator(".preview a img")).to_have_attribute("width", "400")
    press(page, "Je ne peux pas fournir de photo")
    page.get_by_label("Raison médicale").check()
    page.get_by_label("Votre explication").fill("Je ne peux pas quitter mon lit.")
    person.press("Enregistrer et continuer", again=False)
    press(page, "Revenir à la photo")
    press(page, "Continuer")
    person.press("J’ai compris")
    give(page, picture(name="passeport.jpg"))
    page.get_by_label("Passeport").check()
    person.press("Continuer", again=False)
    page.get_by_label("Passeport").check()
    press(page, "Continuer")
    for name in ("adresse", "statement"):
        page.locator(f"[name={name}]").check()
    person.press("Valider la commande", again=False)
    expect(page.locator("[type=checkbox]:checked")).to_have_count(0)
    for name in ("adresse", "statement"):
        page.locator(f"[name={name}]").check()
    press(page, "Valider la commande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre commande est envoyée")
    commande = Commande.objects.get()
    assert commande.state == CommandeState.SUBMITTED
    assert [piece.label for piece in commande.current_pieces] == ["photo.jpg", "passeport.jpg"]
