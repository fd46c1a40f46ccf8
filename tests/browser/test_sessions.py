"""The warning before a session ends, in the browser: what it says, by keyboard, over what is typed (A6)."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Agent, Assure, Session
from carte.enums import PieceKind
from tests.browser.conftest import SignedIn
from tests.browser.steps import SCREEN, come_back, path, press, ready_for_photo, sign_in

pytestmark = pytest.mark.browser

WORDS = "Je ne peux pas quitter mon lit."


def open_page(page: Page, url: str) -> None:
    """Open a page whose clock can be pushed."""
    page.clock.install()
    page.goto(url)


def pass_time(page: Page, seconds: int) -> None:
    page.clock.fast_forward(seconds * 1000)


def leave(seconds: int) -> None:
    """Let every session end in so many seconds, as the server sees it."""
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=seconds))


def left() -> float:
    return (Session.objects.get().expire_date - timezone.now()).total_seconds()


def warning(page: Page) -> Locator:
    return page.get_by_role("dialog")


def at_explanation(page: Page, assure: Assure) -> Locator:
    """Open the explanation and begin to write; give its field."""
    open_page(page, path("sans_photo", ready_for_photo(assure)))
    page.get_by_label("Raison médicale").check()
    field = page.get_by_label("Votre explication")
    field.fill(WORDS)
    return field


def test_warning_comes_two_minutes_before_and_one_stays_by_keyboard(
    signed_in: SignedIn, assure: Assure
) -> None:
    page = signed_in(assure)
    field = at_explanation(page, assure)
    leave(200)
    pass_time(page, 12 * 60)
    expect(warning(page)).to_have_count(0)
    leave(119)
    pass_time(page, 70)
    expect(warning(page)).to_have_accessible_name("Votre session va se terminer")
    expect(warning(page)).to_have_accessible_description(re.compile(r"dans 1.min \d\d?.s"))
    expect(page.get_by_role("button", name="Rester connecté")).to_be_focused()
    page.keyboard.press("Enter")
    expect(warning(page)).to_have_count(0)
    expect(page.locator("[data-session-stays]")).to_have_text(
        re.compile(r"Vous restez connecté\. Votre session dure encore 1[45].min.*")
    )
    expect(field).to_be_focused()
    expect(field).to_have_value(WORDS)
    assert left() > 880


def test_escape_gives_the_page_back_and_the_end_is_said_all_the_same(
    signed_in: SignedIn, assure: Assure
) -> None:
    page = signed_in(assure)
    field = at_explanation(page, assure)
    leave(115)
    pass_time(page, 13 * 60 + 5)
    expect(warning(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(warning(page)).to_have_count(0)
    expect(field).to_be_focused()
    leave(0)
    pass_time(page, 120)
    expect(warning(page)).to_have_accessible_name("Votre session est terminée")


def test_seconds_left_are_said_aloud_now_and_then(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    at_explanation(page, assure)
    said = page.locator("[data-session-status]")
    leave(115)
    pass_time(page, 13 * 60 + 5)
    expect(warning(page)).to_be_visible()
    expect(said).to_have_text("")
    for seconds in (58, 28, 8):
        leave(seconds)
        pass_time(page, 11)
        expect(said).to_have_text(re.compile(rf"Votre session se termine dans {str(seconds)[:-1]}\d?.s\."))
    leave(0)
    pass_time(page, 11)
    expect(said).to_have_text("Votre session est terminée.")


def test_activity_in_another_tab_takes_the_warning_away(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    at_explanation(page, assure)
    leave(115)
    pass_time(page, 13 * 60 + 5)
    expect(warning(page)).to_be_visible()
    other = page.context.new_page()
    other.goto("/accueil/")
    pass_time(page, 11)
    expect(warning(page)).to_have_count(0)
    leave(900)
    pass_time(page, 13 * 60 - 60)
    expect(warning(page)).to_have_count(0)


def test_page_that_asks_by_itself_keeps_no_session_open(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    at_explanation(page, assure)
    leave(100)
    pass_time(page, 13 * 60 + 5)
    expect(warning(page)).to_be_visible()
    for _ in range(3):
        with page.expect_response("**/session/reste/"):
            pass_time(page, 11)
    assert left() < 100


def test_what_is_typed_survives_the_end_and_one_comes_back_to_it(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    field = at_explanation(page, assure)
    url = page.url
    leave(0)
    pass_time(page, 15 * 60)
    expect(warning(page)).to_have_accessible_name("Votre session est terminée")
    link = page.get_by_role("link", name="Se reconnecter (nouvel onglet)")
    expect(link).to_be_focused()
    with page.context.expect_page() as opened:
        link.click()
    sign_in(opened.value, assure, opened.value.url)
    opened.value.wait_for_url(url)
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(warning(page)).to_have_count(0)
    expect(field).to_have_value(WORDS)
    press(page, "Enregistrer et continuer")
    press(page, "Reprendre l’envoi")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Reprendre votre envoi")
    assert assure.commandes.get().pieces.get(kind=PieceKind.PHOTO).is_explanation


def test_one_may_send_first_and_sign_in_after(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    at_explanation(page, assure)
    leave(0)
    pass_time(page, 15 * 60)
    press(page, "Revenir à la page")
    press(page, "Enregistrer et continuer")
    come_back(page, assure)
    press(page, "Reprendre l’envoi")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Reprendre votre envoi")


def test_agent_is_warned_at_his_desk(signed_in: SignedIn, agent: Agent) -> None:
    page = signed_in(agent, viewport=SCREEN)
    open_page(page, "/gestion/")
    leave(100)
    pass_time(page, 13 * 60 + 5)
    expect(warning(page)).to_be_visible()
    press(page, "Rester connecté")
    expect(warning(page)).to_have_count(0)
    assert left() > 880


def test_session_that_lasted_the_longest_cannot_be_put_off(
    signed_in: SignedIn, assure: Assure, settings: pytest.FixtureRequest
) -> None:
    settings.VITALE_SESSION_LONGEST = timedelta(seconds=100)
    page = signed_in(assure)
    open_page(page, "/accueil/")
    pass_time(page, 1)
    expect(warning(page)).to_have_accessible_description(re.compile("Elle a atteint sa durée maximale"))
    press(page, "Continuer")
    expect(warning(page)).to_have_count(0)


def test_session_of_another_browser_is_closed_from_the_list(signed_in: SignedIn, assure: Assure) -> None:
    page, other = signed_in(assure), signed_in(assure)
    other.goto("/accueil/")
    page.goto("/mes-informations/")
    page.locator("main").get_by_role("link", name="Mes sessions").click()
    expect(page.locator(".card")).to_have_count(2)
    press(page, "Fermer")
    expect(page.get_by_text("La session est fermée.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", level=1)).to_have_text("Se connecter")
