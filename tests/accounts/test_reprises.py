"""A form sent once its session is over is kept, and taken up again by its sender, once (A6)."""

import re
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from time_machine import Traveller

from accounts import reprises
from accounts.gestion.otp import code_of
from accounts.models import Agent, Assure, Reprise, Session
from carte.enums import CommandeState, IdentiteNature
from carte.models import Carte, Commande
from tests.factories import NOW, PASSWORD, TOTP_SECRET, CommandeFactory, assure_ready
from tests.reprises import AGAIN, DOOR, HOME, MINUTE, RESUME, SECOND, WRITTEN, Late, is_explained, photo, step
from tests.visitor import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]

WAITS = "Un envoi attend d’être repris"
ANOTHER_WAITS = "Un autre envoi attend"


def ticked(visitor: Late, commande: Commande) -> dict[str, str]:
    """Both ticks, on what the page shows."""
    page = visitor.open(step("order_validation", commande)).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    return {"adresse": "on", "statement": "on", "seen": seen.group(1) if seen else ""}


# --- Kept, then taken up again -------------------------------------------------------------------


def test_form_sent_too_late_is_kept_then_done_by_one_click(
    visitor: Late, assure: Assure, draft: Commande, sans_photo: str
) -> None:
    answer = visitor.send_late(WRITTEN, page=sans_photo)
    assert (answer.status_code, answer.url) == (302, DOOR)
    assert "est gardé 30\xa0minutes" in visitor.get(DOOR).content.decode()
    assert visitor.sign_in(assure, DOOR).url == RESUME
    page = visitor.open(RESUME).content.decode()
    assert "votre explication, à la place de la photo" in page
    assert re.findall(r'<form method="post" action="([^"]+)">', page)[-1] == sans_photo
    assert WRITTEN["text"] not in page  # P7: never shown again
    before = draft.current_pieces[0].pk
    answer = visitor.send(AGAIN, sans_photo, follow=True)
    assert answer.redirect_chain[-1] == (step("order_validation", draft), 302)
    assert draft.pieces.filter(replaced_at=None).exclude(pk=before).get(kind="PHOTO").is_explanation
    assert Reprise.objects.count() == 0


def test_photo_sent_too_late_arrives_whole(visitor: Late, assure: Assure) -> None:
    draft = CommandeFactory(author=assure, photo_conditions_at=NOW)
    visitor.send_late(photo(), page=step("order_photo", draft))
    assert not draft.pieces.exists()
    assert "ma photo.jpg (" in visitor.offered()
    answer = visitor.send(AGAIN, step("order_photo", draft), follow=True)
    assert "Votre fichier est reçu." in answer.content.decode()
    assert draft.pieces.get().label == "ma photo.jpg"


def test_order_is_sent_by_the_click_and_not_before(visitor: Late, draft: Commande) -> None:
    """C1: nothing is declared without a person’s act."""
    visitor.send_late(ticked(visitor, draft))
    assert "avec les cases que vous aviez cochées" in visitor.offered()
    draft.refresh_from_db()
    assert draft.is_draft
    answer = visitor.send(AGAIN, step("order_validation", draft))
    assert answer.url == step("order_confirmation", draft)
    draft.refresh_from_db()
    assert draft.state == CommandeState.SUBMITTED


def test_what_moved_on_meanwhile_is_still_refused(visitor: Late, draft: Commande) -> None:
    """C1: the ticks hold for the pieces that were on the page."""
    visitor.send_late(ticked(visitor, draft))
    draft.pieces.filter(kind="IDENTITE").update(nature=IdentiteNature.TITRE_SEJOUR)
    visitor.offered()
    assert visitor.send(AGAIN, step("order_validation", draft)).status_code == 200
    draft.refresh_from_db()
    assert draft.is_draft


def test_form_with_a_mistake_comes_back_filled(visitor: Late) -> None:
    typed = {"voie": "7 PLACE DU PUITS", "code_postal": "01000", "commune": "", "kind": "DEFINITIVE"}
    visitor.send_late(typed, page=reverse("address"))
    visitor.offered()
    page = visitor.send(AGAIN, reverse("address")).content.decode()
    assert 'value="7 PLACE DU PUITS"' in page
    assert "<title>Erreur" in page


def test_declaration_waits_for_the_click(visitor: Late, carte: Carte) -> None:
    url = f"{reverse('declare')}?carte={carte.pk}"
    data = {"cartes": carte.serial, "kind": "PERTE", "facts_on": NOW.date().isoformat()}
    visitor.send_late(data, url, page=url)
    assert "qui désactive la carte pour toujours" in visitor.offered()
    assert Reprise.objects.get().path == url
    carte.refresh_from_db()
    assert carte.state == "IN_USE"
    visitor.send(AGAIN, url)
    carte.refresh_from_db()
    assert carte.state == "OPPOSED"


def test_button_with_an_address_of_its_own_is_kept_with_its_page(visitor: Late, draft: Commande) -> None:
    url, page = step("photo_delete", draft), step("order_photo", draft)
    visitor.send_late({}, url, page=page)
    kept = Reprise.objects.get()
    assert (kept.path, kept.page) == (url, page)
    visitor.offered()
    assert visitor.send({"waits": "0"}, RESUME).url == RESUME
    assert visitor.send({"waits": kept.pk}, RESUME).url == page  # given up
    assert (draft.pieces.count(), Reprise.objects.count()) == (2, 0)


def test_page_says_that_a_form_waits_wherever_one_signed_in(
    kept: Late, assure: Assure, sans_photo: str
) -> None:
    kept.sign_in(assure)
    assert WAITS in kept.open(HOME).content.decode()
    assert WAITS not in kept.open(RESUME).content.decode()
    kept.send(AGAIN, sans_photo)
    assert WAITS not in kept.open(HOME).content.decode()


def test_keeping_and_offering_cost_few_queries(visitor: Late, assure: Assure, sans_photo: str) -> None:
    visitor.open(sans_photo)
    with CaptureQueriesContext(connection) as kept:
        visitor.send_late(WRITTEN)
    visitor.sign_in(assure, DOOR)
    with CaptureQueriesContext(connection) as offered:
        visitor.get(RESUME)
    assert (len(kept), len(offered)) == (7, 7)


# --- At the desk ---------------------------------------------------------------------------------


class Decided(NamedTuple):
    """A decision of an agent: his browser, the order, where it was sent and what came back."""

    visitor: Late
    commande: Commande
    url: str
    answer: Any


@pytest.fixture
def decided(clock: Traveller, agent: Agent) -> Decided:
    """A decision sent once the session of the agent was over."""
    commande = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
    visitor = Late(agent, clock)
    visitor.open("/gestion/")
    review = visitor.send({}, reverse("admin:carte_commande_next")).url
    page = visitor.open(review).content.decode()
    version = re.search(r'name="version" value="(\d+)"', page)
    url = reverse("admin:carte_commande_decide", args=[commande.reference, "accepter"])
    clock.shift(14 * MINUTE)
    visitor.open(review)
    Session.objects.update(expire_date=timezone.now())
    data = {"compared": "on", "version": version.group(1) if version else ""}
    return Decided(visitor, commande, url, visitor.send(data, url))


def test_decision_of_an_agent_is_kept_too(decided: Decided, agent: Agent) -> None:
    """With the desk’s own door; D4 still holds."""
    visitor, commande, url, answer = decided
    assert answer.url == f"/gestion/login/?garde=1&next={RESUME}"
    assert "est gardé 30\xa0minutes" in visitor.get(answer.url).content.decode()
    assert visitor.sign_in(agent, answer.url).url == RESUME
    assert "une décision sur une commande" in visitor.open(RESUME).content.decode()
    visitor.send(AGAIN, url, follow=True)
    commande.refresh_from_db()
    assert (commande.state, Reprise.objects.count()) == (CommandeState.ACCEPTED, 0)


def test_decision_waits_until_both_factors_were_given(decided: Decided, agent: Agent) -> None:
    """A10: by his password alone an agent neither reads what was kept, nor spends it."""
    visitor, commande, url, answer = decided
    visitor.open(answer.url)
    known = {"username": agent.user.identifiant, "password": PASSWORD, "next": RESUME}
    visitor.send(known, reverse("admin:login"))
    step_left = f"{reverse('admin:otp')}?next={quote(RESUME, safe='')}"
    assert visitor.get(RESUME).url == step_left
    assert visitor.open(step_left).status_code == HTTPStatus.OK
    assert visitor.send(AGAIN, url).url == reverse("admin:otp")
    assert visitor.send({"waits": str(Reprise.objects.get().pk)}, RESUME).url == reverse("admin:otp")
    assert Reprise.objects.count() == 1
    digits = code_of(TOTP_SECRET, timezone.now())
    assert visitor.send({"code": digits, "next": RESUME}, step_left).url == RESUME
    assert visitor.session[DEVICE_ID_SESSION_KEY] == agent.user.totp_devices.get().pk
    assert "une décision sur une commande" in visitor.open(RESUME).content.decode()
    visitor.send(AGAIN, url)
    commande.refresh_from_db()
    assert (commande.state, Reprise.objects.count()) == (CommandeState.ACCEPTED, 0)


def test_desk_form_of_nobody_leads_back_to_its_page(agent: Agent) -> None:
    visitor = signed_in(agent)
    visitor.open("/gestion/")
    Session.objects.all().delete()
    answer = visitor.send({}, reverse("admin:carte_commande_next"))
    assert answer.url == "/gestion/login/?next=/gestion/"


def test_signing_out_too_late_is_not_kept(clock: Traveller, agent: Agent) -> None:
    answer = Late(agent, clock).send_late({}, reverse("admin:logout"), page="/gestion/")
    assert (answer.url, Reprise.objects.count()) == ("/gestion/", 0)


# --- Two tabs, two clicks, two forms -------------------------------------------------------------


def test_form_of_a_tab_left_open_is_kept_though_one_signed_in_again_elsewhere(
    visitor: Late, assure: Assure, draft: Commande, sans_photo: str
) -> None:
    visitor.open(sans_photo)
    with visitor.another_tab():
        visitor.sign_in(assure)
    assert visitor.send(WRITTEN).url == RESUME
    visitor.open(RESUME)
    assert visitor.send(AGAIN, sans_photo).status_code == 302
    assert is_explained(draft)


def test_form_is_kept_though_another_tab_already_met_the_sign_in_page(visitor: Late, sans_photo: str) -> None:
    """The answer to that other tab took the cookie of the session away."""
    visitor.open(sans_photo)
    with visitor.another_tab():
        visitor.open(HOME)
    assert visitor.send(WRITTEN).url == DOOR


def test_double_click_keeps_one_and_does_it_once(visitor: Late, draft: Commande) -> None:
    """C2."""
    data, url = ticked(visitor, draft), step("order_validation", draft)
    visitor.send_late(data)
    first = visitor.cookies["reprise"].value
    visitor.send(data)
    assert (Reprise.objects.count(), visitor.cookies["reprise"].value) == (1, first)
    visitor.offered()
    assert visitor.send(AGAIN, url).url == step("order_confirmation", draft)
    again = visitor.send(AGAIN, url, follow=True)
    assert again.redirect_chain == [(RESUME, 302), (HOME, 302)]
    assert "Aucun envoi n’attend d’être repris" in again.content.decode()
    assert draft.events.count() == 1


def test_forms_of_two_tabs_are_offered_one_after_the_other(
    visitor: Late, assure: Assure, sans_photo: str
) -> None:
    visitor.open(sans_photo)
    tab = visitor.tab()
    visitor.send_late({"voie": "7 PLACE DU PUITS"}, page=(address := reverse("address")))
    visitor.clock.shift(SECOND)
    visitor.back(tab)
    visitor.send(WRITTEN)
    visitor.sign_in(assure, DOOR)
    for url, more in ((address, True), (sans_photo, False)):
        page = visitor.open(RESUME).content.decode()
        assert f'action="{url}"' in page
        assert (ANOTHER_WAITS in page) is more
        visitor.send(AGAIN, url)
    assert Reprise.objects.count() == 0


def test_click_that_comes_too_late_itself_loses_nothing(kept: Late, draft: Commande, sans_photo: str) -> None:
    kept.offered()
    assert kept.send_late(AGAIN, sans_photo).url == DOOR
    kept.clock.shift(14 * MINUTE)
    kept.offered()
    assert kept.send(AGAIN, sans_photo).status_code == 302
    assert is_explained(draft)


def test_second_session_that_ends_so_does_not_hide_what_the_first_left(kept: Late, assure: Assure) -> None:
    kept.sign_in(assure)
    kept.send_late({}, page=reverse("address"))
    assert ANOTHER_WAITS in kept.offered()
    assert len(kept.cookies["reprise"].value.split(".")) == 2


def test_giving_up_twice_gives_up_no_other(kept: Late) -> None:
    kept.send({}, reverse("address"))
    kept.offered()
    shown = Reprise.objects.earliest("pk")
    for _ in range(2):
        kept.send({"waits": shown.pk}, RESUME)
    assert Reprise.objects.get().path == reverse("address")


@pytest.mark.usefixtures("kept")
def test_two_at_once_take_it_once() -> None:
    one, other = (Reprise.objects.get() for _ in range(2))
    assert [reprises.give_up(one), reprises.give_up(other)] == [True, False]


def test_form_sent_again_meanwhile_is_not_lost_by_taking_the_former(kept: Late) -> None:
    former = Reprise.objects.get()
    kept.clock.shift(SECOND)
    kept.send(WRITTEN | {"text": "Autre raison."})
    assert reprises.give_up(former) is False
    assert Reprise.objects.count() == 1
