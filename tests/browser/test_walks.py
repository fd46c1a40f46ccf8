"""The order on a phone: each change is said aloud; a session lost at a step loses nothing (A6)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Agent, Assure
from carte.enums import CommandeState, PieceKind
from carte.models import Commande
from tests.browser.conftest import SignedIn
from tests.browser.steps import (
    SCREEN,
    come_back,
    give,
    give_digits,
    lose_session,
    path,
    picture,
    press,
    ready_for_photo,
    send,
)
from tests.factories import PASSWORD, CommandeFactory, assure_ready

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
    """Someone whose session is over each time he sends: he signs in, finds what he sent, and has it done."""

    def __init__(self, page: Page, assure: Assure) -> None:
        self.page = page
        self.assure = assure

    def press(self, name: str) -> None:
        """Press a button once its session is over."""
        lose_session(self.page)
        press(self.page, name)
        come_back(self.page, self.assure)
        press(self.page, "Reprendre l’envoi")
        expect(self.page.get_by_role("heading", level=1)).not_to_have_text("Reprendre votre envoi")


@SCRIPT
def test_session_lost_at_each_step_loses_nothing(signed_in: SignedIn, assure: Assure, script: bool) -> None:
    page = signed_in(assure, java_script_enabled=script, **PHONE)
    person = Interrupted(page, assure)
    page.goto("/carte/commander/")
    page.locator("[name=beneficiaire]").first.check()
    person.press("Continuer")
    person.press("J’ai compris")
    page.locator("[name=file]").set_input_files(picture())
    person.press("Envoyer")
    expect(page.locator(".preview a img")).to_have_attribute("width", "300")
    person.press("Pivoter d’un quart de tour")
    expect(page.locator(".preview a img")).to_have_attribute("width", "400")
    press(page, "Continuer")
    person.press("J’ai compris")
    page.locator("[name=file]").set_input_files(picture(name="passeport.jpg"))
    person.press("Envoyer")
    page.get_by_label("Passeport").check()
    person.press("Continuer")
    for name in ("adresse", "statement"):
        page.locator(f"[name={name}]").check()
    person.press("Valider la commande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre commande est envoyée")
    commande = Commande.objects.get()
    assert commande.state == CommandeState.SUBMITTED
    assert [piece.label for piece in commande.current_pieces] == ["photo.jpg", "passeport.jpg"]


@SCRIPT
def test_explanation_sent_too_late_is_not_to_be_written_again(
    signed_in: SignedIn, assure: Assure, script: bool
) -> None:
    """P7."""
    page = signed_in(assure, java_script_enabled=script, **PHONE)
    commande = ready_for_photo(assure)
    page.goto(path("sans_photo", commande))
    page.get_by_label("Raison médicale").check()
    page.get_by_label("Votre explication").fill("Je ne peux pas quitter mon lit.")
    Interrupted(page, assure).press("Enregistrer et continuer")
    assert commande.pieces.get(kind=PieceKind.PHOTO).is_explanation


def test_decision_sent_too_late_is_taken_by_one_click_more(signed_in: SignedIn, agent: Agent) -> None:
    """At the desk, behind the agents’ own door."""
    commande = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
    page = signed_in(agent, viewport=SCREEN)
    page.goto("/gestion/")
    press(page, "Suivante")
    page.locator("[name=compared]").check()
    lose_session(page)
    page.locator("[data-key=a]").click()
    expect(page.locator(".warning")).to_contain_text("est gardé")
    page.locator("[name=username]").fill(agent.user.identifiant)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[type=submit]").click()
    give_digits(page)
    press(page, "Reprendre l’envoi")
    expect(page.locator(".messagelist")).to_contain_text("est acceptée")
    commande.refresh_from_db()
    assert commande.state == CommandeState.ACCEPTED
