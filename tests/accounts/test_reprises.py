"""A form sent once its session is over is kept, and taken up again by its sender alone, once (A6)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.middleware.csrf import _mask_cipher_secret, _unmask_cipher_token
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from time_machine import Traveller

from accounts import reprises
from accounts.gestion.otp import code_of
from accounts.models import Agent, Assure, Reprise, Session
from accounts.sessions import REMEMBERED, clear_ended, end_sessions
from accounts.sweeps import run
from carte.enums import CommandeState, IdentiteNature
from carte.models import Commande
from tests.factories import (
    NOW,
    TOTP_SECRET,
    AssureFactory,
    CarteFactory,
    CommandeFactory,
    assure_ready,
    ayant_droit,
    jpeg,
    whole_draft,
)
from tests.visitor import Visitor, signed_in
from vitale_portal.sealing import MAGIC

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RESUME = "/reprendre/"
WRITTEN = {"reason": "MEDICAL", "text": "Je ne peux pas quitter mon lit."}
AGAIN = {reprises.FIELD: "1"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    """Time that only moves when told."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def draft(assure: Assure) -> Commande:
    """A whole draft whose conditions were read."""
    return whole_draft(author=assure, photo_conditions_at=NOW, identite_conditions_at=NOW)


def step(name: str, commande: Commande) -> str:
    return reverse(name, args=[commande.reference])


def photo(data: bytes | None = None) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("ma photo.jpg", jpeg() if data is None else data)}


def ticked(visitor: Visitor, commande: Commande) -> dict[str, str]:
    """Both ticks, on what the page shows."""
    page = visitor.open(step("order_validation", commande)).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    return {"adresse": "on", "statement": "on", "seen": seen.group(1) if seen else ""}


def too_late(visitor: Visitor, clock: Traveller, data: dict[str, Any], url: str = "") -> Any:
    """Send a form of the page fifteen minutes after it was opened."""
    clock.shift(15 * MINUTE)
    return visitor.send(data, url)


DOOR = f"/connexion/?garde=1&next={RESUME}"


# --- Kept, then taken up again -------------------------------------------------------------------


def test_form_sent_too_late_is_kept_then_done_by_one_click(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    answer = too_late(visitor, clock, WRITTEN)
    assert (answer.status_code, answer.url) == (302, DOOR)
    assert "est gardé 30\xa0minutes" in visitor.get(DOOR).content.decode()
    assert visitor.sign_in(assure, DOOR).url == RESUME
    page = visitor.open(RESUME).content.decode()
    assert "votre explication, à la place de la photo" in page
    assert re.findall(r'<form method="post" action="([^"]+)">', page)[-1] == url
    assert WRITTEN["text"] not in page  # P7: never shown again
    before = draft.current_pieces[0].pk
    answer = visitor.send(AGAIN, url, follow=True)
    assert answer.redirect_chain[-1] == (step("order_validation", draft), 302)
    assert draft.pieces.filter(replaced_at=None).exclude(pk=before).get(kind="PHOTO").is_explanation
    assert Reprise.objects.count() == 0


def test_photo_sent_too_late_arrives_whole(clock: Traveller, assure: Assure) -> None:
    draft = CommandeFactory(author=assure, photo_conditions_at=NOW)
    visitor = signed_in(assure)
    visitor.open(url := step("order_photo", draft))
    too_late(visitor, clock, photo())
    assert not draft.pieces.exists()
    visitor.sign_in(assure, DOOR)
    assert "ma photo.jpg (" in visitor.open(RESUME).content.decode()
    answer = visitor.send(AGAIN, url, follow=True)
    assert "Votre fichier est reçu." in answer.content.decode()
    assert draft.pieces.get().label == "ma photo.jpg"


def test_order_is_sent_by_the_click_and_not_before(clock: Traveller, assure: Assure, draft: Commande) -> None:
    """C1: nothing is declared without a person’s act."""
    visitor = signed_in(assure)
    data = ticked(visitor, draft)
    too_late(visitor, clock, data)
    visitor.sign_in(assure, DOOR)
    assert "avec les cases que vous aviez cochées" in visitor.open(RESUME).content.decode()
    draft.refresh_from_db()
    assert draft.is_draft
    answer = visitor.send(AGAIN, step("order_validation", draft))
    assert answer.url == step("order_confirmation", draft)
    draft.refresh_from_db()
    assert draft.state == CommandeState.SUBMITTED


def test_what_moved_on_meanwhile_is_still_refused(clock: Traveller, assure: Assure, draft: Commande) -> None:
    """C1: the ticks hold for the pieces that were on the page."""
    visitor = signed_in(assure)
    too_late(visitor, clock, ticked(visitor, draft))
    draft.pieces.filter(kind="IDENTITE").update(nature=IdentiteNature.TITRE_SEJOUR)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    answer = visitor.send(AGAIN, step("order_validation", draft))
    assert answer.status_code == 200
    draft.refresh_from_db()
    assert draft.is_draft


def test_form_with_a_mistake_comes_back_filled(clock: Traveller, assure: Assure) -> None:
    visitor = signed_in(assure)
    visitor.open(reverse("address"))
    typed = {"voie": "7 PLACE DU PUITS", "code_postal": "01000", "commune": "", "kind": "DEFINITIVE"}
    too_late(visitor, clock, typed)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    page = visitor.send(AGAIN, reverse("address")).content.decode()
    assert 'value="7 PLACE DU PUITS"' in page
    assert "<title>Erreur" in page


def test_declaration_waits_for_the_click(clock: Traveller, assure: Assure) -> None:
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    visitor = signed_in(assure)
    visitor.open(url := f"{reverse('declare')}?carte={carte.pk}")
    visitor.page = url
    page = visitor.get(url).content.decode()
    data = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    data.pop("csrfmiddlewaretoken", None)
    too_late(visitor, clock, data | {"kind": "PERTE"}, url)
    visitor.sign_in(assure, DOOR)
    assert "qui désactive la carte pour toujours" in visitor.open(RESUME).content.decode()
    carte.refresh_from_db()
    assert carte.state == "IN_USE"
    assert Reprise.objects.get().path == url


def test_button_with_an_address_of_its_own_is_kept_with_its_page(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(page := step("order_photo", draft))
    too_late(visitor, clock, {}, step("photo_delete", draft))
    kept = Reprise.objects.get()
    assert (kept.path, kept.page) == (step("photo_delete", draft), page)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    assert visitor.send({"waits": "0"}, RESUME).url == RESUME
    assert visitor.send({"waits": kept.pk}, RESUME).url == page  # given up
    assert (draft.pieces.count(), Reprise.objects.count()) == (2, 0)


def test_decision_of_an_agent_is_kept_too(clock: Traveller, agent: Agent) -> None:
    """At the desk, with the desk’s own door; D4 still holds."""
    commande = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
    visitor = signed_in(agent)
    visitor.open("/gestion/")
    review = visitor.send({}, reverse("admin:carte_commande_next")).url
    page = visitor.open(review).content.decode()
    version = re.search(r'name="version" value="(\d+)"', page)
    url = reverse("admin:carte_commande_decide", args=[commande.reference, "accepter"])
    clock.shift(14 * MINUTE)
    visitor.open(review)
    Session.objects.update(expire_date=timezone.now())
    answer = visitor.send({"compared": "on", "version": version.group(1) if version else ""}, url)
    assert answer.url == f"/gestion/login/?garde=1&next={RESUME}"
    assert "est gardé 30\xa0minutes" in visitor.get(answer.url).content.decode()
    assert visitor.sign_in(agent, answer.url).url == RESUME
    assert "une décision sur une commande" in visitor.open(RESUME).content.decode()
    answer = visitor.send(AGAIN, url, follow=True)
    commande.refresh_from_db()
    assert (commande.state, Reprise.objects.count()) == (CommandeState.ACCEPTED, 0)


def test_decision_waits_until_both_factors_were_given(clock: Traveller, agent: Agent) -> None:
    """A10: by his password alone an agent neither reads what was kept, nor spends it."""
    commande = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
    visitor = signed_in(agent)
    visitor.open("/gestion/")
    visitor.send({}, reverse("admin:carte_commande_next"))
    url = reverse("admin:carte_commande_decide", args=[commande.reference, "accepter"])
    clock.shift(14 * MINUTE)
    visitor.open(reverse("admin:index"))
    Session.objects.update(expire_date=timezone.now())
    answer = visitor.send({"compared": "on"}, url)
    visitor.sign_in(agent, answer.url)
    session = visitor.session
    device = session.pop(DEVICE_ID_SESSION_KEY)
    session.save()
    door = f"{reverse('admin:otp')}?next={quote(RESUME, safe='')}"
    assert visitor.get(RESUME).url == door
    assert visitor.open(door).status_code == HTTPStatus.OK
    assert visitor.send(AGAIN, url).url == reverse("admin:otp")
    assert visitor.send({"waits": str(Reprise.objects.get().pk)}, RESUME).url == reverse("admin:otp")
    assert Reprise.objects.count() == 1
    digits = code_of(TOTP_SECRET, timezone.now())
    assert visitor.send({"code": digits, "next": RESUME}, door).url == RESUME
    assert visitor.session[DEVICE_ID_SESSION_KEY] == device
    assert "une décision sur une commande" in visitor.open(RESUME).content.decode()


def test_desk_form_of_nobody_leads_back_to_its_page(agent: Agent) -> None:
    visitor = signed_in(agent)
    visitor.open("/gestion/")
    Session.objects.all().delete()
    answer = visitor.send({}, reverse("admin:carte_commande_next"))
    assert answer.url == "/gestion/login/?next=/gestion/"


def test_page_says_that_a_form_waits_wherever_one_signed_in(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    visitor.sign_in(assure)
    assert "Un envoi attend d’être repris" in visitor.open("/accueil/").content.decode()
    assert "Un envoi attend d’être repris" not in visitor.open(RESUME).content.decode()
    visitor.send(AGAIN, step("sans_photo", draft))
    assert "Un envoi attend d’être repris" not in visitor.open("/accueil/").content.decode()


# --- Two tabs ------------------------------------------------------------------------------------


def test_form_of_a_tab_left_open_is_kept_though_one_signed_in_again_elsewhere(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    tab = visitor.tab()
    clock.shift(15 * MINUTE)
    visitor.sign_in(assure)
    visitor.back(tab)
    assert visitor.send(WRITTEN).url == RESUME
    visitor.open(RESUME)
    assert visitor.send(AGAIN, url).status_code == 302
    assert draft.pieces.filter(replaced_at=None, kind="PHOTO").get().is_explanation


def test_form_is_kept_though_another_tab_already_met_the_sign_in_page(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    """The answer to that other tab took the cookie of the session away."""
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    tab = visitor.tab()
    clock.shift(15 * MINUTE)
    visitor.open("/accueil/")
    visitor.back(tab)
    assert visitor.send(WRITTEN).url == DOOR


def test_double_click_keeps_one_and_does_it_once(clock: Traveller, assure: Assure, draft: Commande) -> None:
    """C2."""
    visitor = signed_in(assure)
    data = ticked(visitor, draft)
    too_late(visitor, clock, data)
    first = visitor.cookies["reprise"].value
    visitor.send(data)
    assert (Reprise.objects.count(), visitor.cookies["reprise"].value) == (1, first)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    url = step("order_validation", draft)
    assert visitor.send(AGAIN, url).url == step("order_confirmation", draft)
    again = visitor.send(AGAIN, url, follow=True)
    assert again.redirect_chain == [(RESUME, 302), ("/accueil/", 302)]
    assert "Aucun envoi n’attend d’être repris" in again.content.decode()
    assert draft.events.count() == 1


def test_forms_of_two_tabs_are_offered_one_after_the_other(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(one := step("sans_photo", draft))
    tab = visitor.tab()
    visitor.open(other := reverse("address"))
    too_late(visitor, clock, {"voie": "7 PLACE DU PUITS"})
    clock.shift(SECOND)
    visitor.back(tab)
    visitor.send(WRITTEN)
    visitor.sign_in(assure, DOOR)
    for url, more in ((other, True), (one, False)):
        page = visitor.open(RESUME).content.decode()
        assert f'action="{url}"' in page
        assert ("Un autre envoi attend" in page) is more
        visitor.send(AGAIN, url)
    assert Reprise.objects.count() == 0


def test_click_that_comes_too_late_itself_loses_nothing(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    assert too_late(visitor, clock, AGAIN, url).url == DOOR
    clock.shift(14 * MINUTE)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    assert visitor.send(AGAIN, url).status_code == 302
    assert draft.pieces.filter(replaced_at=None, kind="PHOTO").get().is_explanation


def test_second_session_that_ends_so_does_not_hide_what_the_first_left(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    visitor.sign_in(assure)
    visitor.open(reverse("address"))
    too_late(visitor, clock, {})
    visitor.sign_in(assure, DOOR)
    assert "Un autre envoi attend" in visitor.open(RESUME).content.decode()
    assert len(visitor.cookies["reprise"].value.split(".")) == 2


def test_signing_out_too_late_is_not_kept(clock: Traveller, agent: Agent) -> None:
    visitor = signed_in(agent)
    visitor.open("/gestion/")
    assert too_late(visitor, clock, {}, reverse("admin:logout")).url == "/gestion/"
    assert Reprise.objects.count() == 0


def test_giving_up_twice_gives_up_no_other(clock: Traveller, assure: Assure, draft: Commande) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    visitor.send({}, reverse("address"))
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    shown = Reprise.objects.earliest("pk")
    for _ in range(2):
        visitor.send({"waits": shown.pk}, RESUME)
    assert Reprise.objects.get().path == reverse("address")


def test_so_many_forms_of_one_user_are_kept_and_no_more(clock: Traveller, assure: Assure) -> None:
    visitor = signed_in(assure)
    visitor.open(reverse("address"))
    clock.shift(15 * MINUTE)
    answers = [visitor.send({}, f"{reverse('address')}?{number}").url == DOOR for number in range(10)]
    assert answers == [True] * reprises.FORMS_OF_A_USER + [False] * 2


def test_two_at_once_take_it_once(clock: Traveller, assure: Assure, draft: Commande) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    one, other = (Reprise.objects.get() for _ in range(2))
    assert [reprises.give_up(one), reprises.give_up(other)] == [True, False]


def test_form_sent_again_meanwhile_is_not_lost_by_taking_the_former(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    former = Reprise.objects.get()
    clock.shift(SECOND)
    visitor.send(WRITTEN | {"text": "Autre raison."})
    assert reprises.give_up(former) is False
    assert Reprise.objects.count() == 1


# --- Not for anybody else, not twice, not later, not elsewhere -----------------------------------


def test_another_person_in_the_same_browser_finds_nothing_and_the_sender_still_does(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    other = assure_ready()
    visitor.sign_in(other, DOOR)
    answer = visitor.open(RESUME)
    assert answer.redirect_chain == [("/accueil/", 302)]
    assert "Un envoi attend d’être repris" not in answer.content.decode()
    assert visitor.send(AGAIN, url, follow=True).redirect_chain[0] == (RESUME, 302)
    assert Reprise.objects.count() == 1
    visitor.send({}, reverse("sign_out"))
    visitor.sign_in(assure, DOOR)
    assert "votre explication" in visitor.open(RESUME).content.decode()


def test_form_of_the_first_is_not_kept_for_the_second(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    """Someone else signed in meanwhile: his page says that the other’s was not taken."""
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    tab = visitor.tab()
    clock.shift(15 * MINUTE)
    visitor.sign_in(assure_ready())
    visitor.back(tab)
    assert visitor.send(WRITTEN).url == tab[0]
    assert Reprise.objects.count() == 0


def test_same_person_in_another_browser_finds_nothing(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    elsewhere = signed_in(assure)
    assert elsewhere.open(RESUME).redirect_chain == [("/accueil/", 302)]
    for tampered in ("", "0" * 64, Reprise.objects.get().session_id, visitor.cookies["reprise"].value[:-1]):
        elsewhere.cookies["reprise"] = tampered
        elsewhere.open("/accueil/")
        assert elsewhere.send(AGAIN, url).url == RESUME
    assert Reprise.objects.count() == 1


@pytest.mark.parametrize(("later", "there"), [(30 * MINUTE - SECOND, True), (30 * MINUTE, False)])
def test_form_is_kept_half_an_hour(
    clock: Traveller, assure: Assure, draft: Commande, later: timedelta, *, there: bool
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    clock.shift(later)
    run("accounts.sweep_sessions", clear_ended)
    assert Reprise.objects.exists() is there
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    visitor.open("/accueil/")
    assert (visitor.send(AGAIN, url).url == RESUME) is not there
    assert draft.pieces.filter(replaced_at=None, kind="PHOTO").get().is_explanation is there


def test_form_sent_just_before_its_session_is_forgotten_is_kept_as_long(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    clock.shift(15 * MINUTE + REMEMBERED - MINUTE)
    visitor.send(WRITTEN)
    for after, kept in ((29 * MINUTE, True), (MINUTE, False)):
        clock.shift(after)
        run("accounts.sweep_sessions", clear_ended)
        assert Reprise.objects.exists() is kept
    assert not Session.objects.exists()


def test_expired_form_is_not_taken_though_no_sweep_came(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    clock.shift(30 * MINUTE)
    visitor.sign_in(assure, DOOR)
    assert visitor.open(RESUME).redirect_chain == [("/accueil/", 302)]
    assert visitor.send(AGAIN, url).url == RESUME


def test_form_is_taken_at_its_own_address_alone(clock: Traveller, assure: Assure, draft: Commande) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    child = CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), photo_conditions_at=NOW)
    for url in (step("sans_photo", child), reverse("address"), f"{step('sans_photo', draft)}?a=b"):
        assert visitor.send(AGAIN, url).url == RESUME
    assert (Reprise.objects.count(), child.pieces.count()) == (1, 0)


def moved(field: str, value: Any) -> None:
    Reprise.objects.update(**{field: value})


@pytest.mark.parametrize("how", ["address", "user", "content"])
def test_row_changed_behind_our_back_does_not_open(
    clock: Traveller, assure: Assure, draft: Commande, how: str
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    thief = AssureFactory()
    if how == "address":
        moved("path", url := reverse("address"))
    elif how == "user":
        moved("user", thief.user)
    else:
        moved("content", bytes(Reprise.objects.get().content)[:-1])
    who = thief if how == "user" else assure
    visitor.sign_in(who, DOOR)
    assert visitor.open(RESUME).redirect_chain == [("/accueil/", 302)]
    assert visitor.send(AGAIN, url).url == RESUME


# --- Nothing is kept -----------------------------------------------------------------------------


def left(visitor: Visitor, _assure: Assure) -> None:
    visitor.send({}, reverse("sign_out"))


def closed(_visitor: Visitor, assure: Assure) -> None:
    other = signed_in(assure)
    other.open(reverse("session_list"))
    other.send({}, reverse("session_close_others"))


def code_changed(_visitor: Visitor, assure: Assure) -> None:
    end_sessions(assure.user, keep=None)


def account_closed(_visitor: Visitor, assure: Assure) -> None:
    assure.user.is_active = False
    assure.user.save()


def long_gone(_visitor: Visitor, _assure: Assure) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=12))
    clear_ended(timezone.now())


@pytest.mark.parametrize("end", [left, closed, code_changed, account_closed, long_gone])
def test_nothing_is_kept_of_a_session_that_was_closed(assure: Assure, draft: Commande, end: Any) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    tab = visitor.tab()
    end(visitor, assure)
    visitor.back(tab)
    answer = visitor.send(WRITTEN)
    assert (answer.status_code, answer.url) == (302, f"/connexion/?interrompu=1&next={url}")
    assert (Reprise.objects.count(), "reprise" in visitor.cookies) == (0, False)


def test_nothing_is_kept_of_a_stranger(draft: Commande) -> None:
    visitor = Visitor()
    visitor.open("/connexion/")
    visitor.page = step("sans_photo", draft)
    assert visitor.send(WRITTEN).url.startswith("/connexion/?interrompu=1")
    assert Reprise.objects.count() == 0


TOKENS = {
    "none": lambda _token: "",
    "of another length": lambda token: token[:-1],
    "its secret alone": _unmask_cipher_token,
    "of a secret nobody drew": lambda _token: _mask_cipher_secret("a" * 32),
    "not of a token's letters": lambda token: "é" + token[1:],
    "a null": lambda token: "\0" + token[1:],
}


@pytest.mark.parametrize("tamper", TOKENS.values(), ids=TOKENS)
def test_nothing_is_kept_under_a_false_token(
    clock: Traveller, assure: Assure, draft: Commande, tamper: Any
) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    visitor.token = tamper(visitor.token)
    answer = too_late(visitor, clock, WRITTEN)
    assert Reprise.objects.count() == 0
    assert answer.status_code == (302 if tamper is _unmask_cipher_token else 403)


def test_secret_put_in_the_browser_by_somebody_else_tells_nothing(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.cookies["csrftoken"] = "a" * 32
    visitor.open(step("sans_photo", draft))
    assert too_late(visitor, clock, WRITTEN).url.startswith("/connexion/?interrompu=1")
    assert Reprise.objects.count() == 0


@pytest.mark.parametrize("referer", ["https://faux.example/", "//faux.example/", ""])
def test_form_with_a_former_token_from_another_site_is_refused(
    clock: Traveller, assure: Assure, draft: Commande, referer: str
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    token = visitor.token
    clock.shift(15 * MINUTE)
    visitor.sign_in(assure)
    data = WRITTEN | {"csrfmiddlewaretoken": token}
    answer = visitor.post(url, data, headers={"referer": referer})
    assert (answer.status_code, Reprise.objects.count()) == (403, 0)


def test_body_cut_short_is_not_kept(clock: Traveller, assure: Assure) -> None:
    """Its token comes last."""
    draft = CommandeFactory(author=assure, photo_conditions_at=NOW)
    visitor = signed_in(assure)
    visitor.open(url := step("order_photo", draft))
    clock.shift(15 * MINUTE)
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + jpeg()[:1000]
    answer = visitor.post(url, body, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, Reprise.objects.count()) == (403, 0)


@pytest.mark.parametrize("name", ["code", "new_password1", "password", "totp", "nouveau_code"])
def test_form_with_a_code_in_it_is_never_kept(
    clock: Traveller, assure: Assure, draft: Commande, name: str
) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    answer = too_late(visitor, clock, WRITTEN | {name: "Un-code-2026"})
    assert answer.url.startswith("/connexion/?interrompu=1")
    assert Reprise.objects.count() == 0


def subclasses(cls: type) -> set[type]:
    return {one for child in cls.__subclasses__() for one in {child} | subclasses(child)}


def test_every_field_a_code_is_typed_in_is_known_by_its_name() -> None:
    """Of every form of the portal: the URL configuration has brought them all in."""
    get_resolver().url_patterns  # noqa: B018
    typed = {
        name
        for form in subclasses(forms.BaseForm)
        if form.__module__.split(".")[0] in {"accounts", "carte", "declarations", "suivi"}
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput)
    }
    assert "code" in typed
    assert {name for name in typed if not reprises.is_secret(name)} == set()


def test_button_of_the_warning_is_not_kept_over_a_form(
    clock: Traveller, assure: Assure, draft: Commande
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    assert visitor.send({}, reverse("session_stay")).url.startswith("/connexion/?interrompu=1")
    assert Reprise.objects.get().path == url


# --- Bounds, what lies in the database -----------------------------------------------------------


def test_what_is_kept_lies_sealed(clock: Traveller, assure: Assure, draft: Commande) -> None:
    """P7 is health data."""
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    too_late(visitor, clock, WRITTEN)
    content = bytes(Reprise.objects.get().content)
    assert content.startswith(MAGIC)
    assert b"MEDICAL" not in content
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_reprise")
        assert visitor.cookies["reprise"].value not in repr(cursor.fetchall())


def test_heaviest_body_is_kept_and_given_back_whole(clock: Traveller, assure: Assure) -> None:
    draft = CommandeFactory(author=assure, photo_conditions_at=NOW)
    visitor = signed_in(assure)
    visitor.open(url := step("order_photo", draft))
    heavy = bytes(range(256)) * (settings.VITALE_BODY_LIMIT // 256 - 10)
    assert too_late(visitor, clock, photo(heavy)).url == DOOR
    (sent,) = [reprises.content_of(one) for one in Reprise.objects.all()]
    assert sent.files["file"].read() == heavy
    visitor.sign_in(assure, DOOR)
    visitor.open(RESUME)
    page = visitor.send(AGAIN, url).content.decode()
    assert "<title>Erreur" in page  # P2 judges it as any other


def test_body_over_the_limit_is_not_kept(clock: Traveller, assure: Assure) -> None:
    draft = CommandeFactory(author=assure, photo_conditions_at=NOW)
    visitor = signed_in(assure)
    visitor.open(step("order_photo", draft))
    answer = too_late(visitor, clock, photo(bytes(settings.VITALE_BODY_LIMIT)))
    assert (answer.status_code, Reprise.objects.count()) == (413, 0)


def test_one_user_cannot_fill_the_disk(clock: Traveller, assure: Assure, settings: Any) -> None:
    settings.VITALE_BODY_LIMIT = 100_000
    draft = CommandeFactory(author=assure, photo_conditions_at=NOW)
    visitors = [signed_in(assure) for _ in range(5)]
    for visitor in visitors:
        visitor.open(step("order_photo", draft))
    clock.shift(15 * MINUTE)
    answers = [visitor.send(photo(bytes(90_000))).url for visitor in visitors]
    assert [url == DOOR for url in answers] == [True, True, True, False, False]
    assert visitors[0].send(photo(bytes(90_000))).url == DOOR  # in the place of its own


HOSTILE = {
    "many values": {"text": ["a"] * 900},
    "controls": {"text": "\x01\x1f\u202e\ud7ff\U0001f600"},
    "name of a file": {"file": SimpleUploadedFile("../../etc/passwd\r\nX: y", b"x", "text/html; charset=é")},
    "long name": {"file": SimpleUploadedFile("a" * 5000, b"x")},
    "same name, field and file": {"file": [SimpleUploadedFile("a", b"1"), SimpleUploadedFile("b", b"2")]},
    "field of the desk": {"_popup": "1", "reprise": "1"},
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_body_is_kept_and_judged_like_any_other(
    clock: Traveller, assure: Assure, draft: Commande, data: dict[str, Any]
) -> None:
    visitor = signed_in(assure)
    visitor.open(url := step("order_photo", draft))
    too_late(visitor, clock, data)
    visitor.sign_in(assure, DOOR)
    page = visitor.open(RESUME)
    assert page.status_code == 200
    assert "etc/passwd" not in page.content.decode()
    assert visitor.send(AGAIN, url).status_code in {200, 302}
    assert Reprise.objects.count() == 0


def test_address_too_long_is_not_kept(clock: Traveller, assure: Assure) -> None:
    visitor = signed_in(assure)
    visitor.open(reverse("address"))
    answer = too_late(visitor, clock, {}, f"{reverse('address')}?{'a' * 500}")
    assert "interrompu=1" in answer.url


def test_keeping_and_offering_cost_few_queries(clock: Traveller, assure: Assure, draft: Commande) -> None:
    visitor = signed_in(assure)
    visitor.open(step("sans_photo", draft))
    clock.shift(15 * MINUTE)
    with CaptureQueriesContext(connection) as kept:
        visitor.send(WRITTEN)
    visitor.sign_in(assure, DOOR)
    with CaptureQueriesContext(connection) as offered:
        visitor.get(RESUME)
    assert (len(kept), len(offered)) == (7, 7)
