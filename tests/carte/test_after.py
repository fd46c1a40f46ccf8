"""An order once sent: cancelled, sent elsewhere, its card come or not, by its author (D5, D6)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Adresse, Assure, OutboxMail
from carte.commandes import Changed
from carte.eligibilite import examine, facts_for
from carte.enums import CarteState, CommandeState
from carte.models import Carte, Commande
from carte.reception import (
    NEVER_CAME,
    UNSEALED,
    confirm_receipt,
    other_destination,
    redirect_to_current,
    report_never_came,
)
from carte.views import after
from declarations.enums import PliState
from declarations.models import PliPapier
from tests.factories import (
    DAY,
    NOW,
    AdresseFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    PliFactory,
)
from vitale_portal.transitions import Actor, NotInTable, Step, move

pytestmark = pytest.mark.django_db

_C, _K = CommandeState, CarteState
BY_AUTHOR = (_C.SUBMITTED, _C.IN_REVIEW, _C.TO_CORRECT, _C.ACCEPTED)
SENT = [state for state in _C if state != _C.DRAFT]


def page(name: str, commande: Commande) -> str:
    return reverse(name, args=[commande.reference])


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def again(commande: Commande) -> Commande:
    return Commande.objects.get(pk=commande.pk)


def stands(commande: Commande) -> tuple[str, int]:
    row = again(commande)
    return row.state, row.version


# --- Cancelling --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", SENT)
def test_page_of_cancelling_says_what_it_does_where_one_may(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    commande = CommandeFactory(author=assure, state=state)
    response = assure_client.get(page("order_cancel", commande), follow=True)
    if state in BY_AUTHOR:
        assert response.templates[0].name == "carte/cancel.html"
        assert "L’annulation est définitive." in response.content.decode()
    else:
        assert response.redirect_chain == [(commande.get_absolute_url(), 302)]
        assert said(response) == [after.NOT_CANCELLED]
    assert stands(commande) == (state, commande.version)


@pytest.mark.parametrize("state", SENT)
def test_order_is_cancelled_from_the_page_until_the_lot_is_sealed(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    commande = CommandeFactory(author=assure, state=state)
    response = assure_client.post(page("order_cancel", commande), follow=True)
    assert response.redirect_chain == [(commande.get_absolute_url(), 302)]
    if state in BY_AUTHOR:
        assert (said(response), stands(commande)[0]) == ([after.CANCELLED], _C.CANCELLED)
    else:
        told = after.CANCELLED if state == _C.CANCELLED else after.NOT_CANCELLED
        assert (said(response), stands(commande)) == ([told], (state, commande.version))


def test_cancelled_twice_it_is_told_twice_and_done_once(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, state=_C.SUBMITTED)
    told = [said(assure_client.post(page("order_cancel", commande), follow=True)) for _ in range(2)]
    assert (told, commande.events.count()) == ([[after.CANCELLED]] * 2, 2)


@pytest.mark.parametrize("name", ["order_cancel", "never_received", "order_received", "order_redirect"])
def test_what_follows_is_not_for_drafts(assure_client: Client, assure: Assure, name: str) -> None:
    draft = CommandeFactory(author=assure)
    response = assure_client.post(page(name, draft))
    assert (response["Location"], stands(draft)) == (page("order_resume", draft), (_C.DRAFT, 0))


FORMS = {"still ahead": (3 * DAY, 3 * DAY), "past": (-DAY, 4 * DAY)}


@pytest.mark.parametrize(("due", "again"), FORMS.values(), ids=FORMS)
def test_page_of_cancelling_tells_when_the_paper_form_leaves_and_it_does(
    assure_client: Client, assure: Assure, due: timedelta, again: timedelta
) -> None:
    """F5."""
    now = timezone.now()
    pli = PliFactory(declaration=DeclarationFactory(author=assure, declared_at=now + due - 4 * DAY))
    order = CommandeFactory(author=assure)
    changes = {"submitted_at": now, "expected_at": now, "motif": "REPLACEMENT"}
    move(order, Step(to=_C.SUBMITTED, actor=Actor.AUTHOR, at=now, changes=changes))
    told = assure_client.get(page("order_cancel", order)).content.decode()
    assert "Le formulaire papier" in told
    assure_client.post(page("order_cancel", order))
    form = PliPapier.objects.get(pk=pli.pk)
    assert form.state == PliState.PLANNED
    assert timedelta() <= form.due_at - now - again < timedelta(minutes=1)


def test_page_of_cancelling_tells_of_no_form_where_none_was(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, state=_C.SUBMITTED)
    assert "formulaire" not in assure_client.get(page("order_cancel", commande)).content.decode()


# --- « J’ai reçu ma carte » --------------------------------------------------------------------


@pytest.mark.parametrize("state", SENT)
def test_card_is_said_to_have_come_while_on_its_way(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    """D6."""
    commande = CommandeFactory(author=assure, state=state)
    response = assure_client.post(page("order_received", commande), follow=True)
    assert response.redirect_chain == [(commande.get_absolute_url(), 302)]
    came = state in {_C.SHIPPED, _C.DELIVERED}
    assert said(response) == [after.RECEIVED if came else after.NOT_SHIPPED]
    assert stands(commande)[0] == (_C.DELIVERED if came else state)
    assert commande.events.count() == commande.version + (state == _C.SHIPPED)


def test_card_that_came_is_in_use_and_the_one_of_another_face_is_ended(assure: Assure) -> None:
    """D6."""
    old = CarteFactory(beneficiaire=assure.beneficiaire, face_changed=True)
    commande = CommandeFactory(author=assure, state=_C.SHIPPED)
    for _ in range(2):
        confirm_receipt(commande=commande, user=assure.user, now=NOW)
    cartes = dict(Carte.objects.values_list("pk", "state"))
    assert (cartes.pop(old.pk), list(cartes.values())) == (_K.ENDED, [_K.IN_USE])
    event = commande.events.last()
    assert (event.to_state, event.actor, event.by) == (_C.DELIVERED, "AUTHOR", assure.user)
    assert again(commande).delivered_at == NOW


# --- « Jamais reçue ou perdue » ----------------------------------------------------------------


@pytest.mark.parametrize("state", SENT)
def test_never_received_is_said_of_a_shipped_order_alone(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    """D6: any time while it is on its way."""
    commande = CommandeFactory(author=assure, state=state)
    asked = assure_client.get(page("never_received", commande), follow=True)
    assert (asked.redirect_chain == [], stands(commande)) == (
        state == _C.SHIPPED,
        (state, commande.version),
    )
    response = assure_client.post(page("never_received", commande), follow=True)
    if state == _C.SHIPPED:
        assert (said(response), stands(commande)[0]) == ([after.NEVER_CAME], _C.CANCELLED)
    else:
        assert (said(response), stands(commande)) == ([after.NOT_SHIPPED], (state, commande.version))


def test_card_never_received_is_dead_and_another_order_is_open_at_once(assure: Assure) -> None:
    """D6: no form, no window."""
    commande = CommandeFactory(author=assure, state=_C.SHIPPED, due_at=NOW + DAY)
    for _ in range(2):
        report_never_came(commande=commande, user=assure.user, now=NOW)
    carte = Carte.objects.get()
    assert (carte.state, carte.opposed_at, carte.form_due_at, carte.online_again_at) == (
        _K.OPPOSED,
        NOW,
        None,
        None,
    )
    event = commande.events.last()
    assert (event.from_state, event.to_state, event.by, event.reason) == (
        _C.SHIPPED,
        _C.CANCELLED,
        assure.user,
        NEVER_CAME,
    )
    assert (again(commande).due_at is None or again(commande).due_at > NOW) is True
    answer = examine(facts_for(assure, assure.beneficiaire), NOW)
    assert (answer.may_send, answer.motif, PliPapier.objects.count()) == (True, "REPLACEMENT", 0)


def test_who_says_that_the_card_never_came_is_told_once_by_message_and_mail(assure: Assure) -> None:
    commande = CommandeFactory(author=assure, state=_C.SHIPPED)
    for _ in range(2):
        report_never_came(commande=commande, user=assure.user, now=NOW)
    message, mail = assure.messages.get(), OutboxMail.objects.get()
    assert message.notice == "carte_never_came"
    assert ("2 novembre 2026 à 10" in message.body, commande.reference in mail.text) == (True, False)


def test_old_card_of_another_face_stays_in_use_when_the_new_one_never_came(assure: Assure) -> None:
    old = CarteFactory(beneficiaire=assure.beneficiaire, face_changed=True)
    commande = CommandeFactory(author=assure, state=_C.SHIPPED)
    report_never_came(commande=commande, user=assure.user, now=NOW)
    assert Carte.objects.get(pk=old.pk).state == _K.IN_USE
    assert examine(facts_for(assure, assure.beneficiaire), NOW).motif == "NEW_FACE"


# --- Another address ---------------------------------------------------------------------------


def order_to(former: Adresse, state: CommandeState = _C.SUBMITTED) -> Commande:
    return CommandeFactory(author=former.assure, state=state, adresse=former)


def moved_house(assure: Assure, **fields: Any) -> Adresse:
    return AdresseFactory(assure=assure, voie="5 RUE NEUVE", **{"usable_at": NOW - DAY} | fields)


@pytest.fixture
def former(assure: Assure) -> Adresse:
    return assure.adresses.get()


@pytest.mark.parametrize("state", SENT)
def test_order_is_pointed_to_the_new_address_until_the_seal(former: Adresse, state: CommandeState) -> None:
    """D5."""
    commande, new = order_to(former, state), moved_house(former.assure)
    before = again(commande).adresse_lines
    if state in UNSEALED:
        row = redirect_to_current(commande=commande, seen=new.pk, now=NOW)
        assert (row.adresse, again(commande).adresse_lines) == (
            new,
            [str(commande.beneficiaire), *new.lines],
        )
        assert stands(commande) == (state, commande.version)
    else:
        assert other_destination(commande, NOW) is None
        with pytest.raises(NotInTable):
            redirect_to_current(commande=commande, seen=new.pk, now=NOW)
        assert again(commande).adresse_lines == before


DESTINATIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "usable": ({}, True),
    "usable to the second": ({"usable_at": NOW}, True),
    "a second before it is": ({"usable_at": NOW + timedelta(seconds=1)}, False),
    "mail came back from it": ({"npai_since": NOW - DAY}, False),
    "withdrawn": ({"withdrawn_at": NOW - DAY}, False),
}


@pytest.mark.parametrize(("fields", "offered"), DESTINATIONS.values(), ids=DESTINATIONS)
def test_only_a_usable_address_is_offered(former: Adresse, fields: dict[str, Any], *, offered: bool) -> None:
    """B3, B4."""
    commande, new = order_to(former), moved_house(former.assure, **fields)
    assert other_destination(commande, NOW) == (new if offered else None)
    if not offered:
        with pytest.raises(Changed):
            redirect_to_current(commande=commande, seen=new.pk, now=NOW)
        assert again(commande).adresse == former


def test_pointed_twice_it_is_pointed_once_and_told_once(former: Adresse) -> None:
    commande, new = order_to(former), moved_house(former.assure)
    for _ in range(2):
        redirect_to_current(commande=commande, seen=new.pk, now=NOW)
    message = former.assure.messages.get()
    assert (message.notice, OutboxMail.objects.count()) == ("commande_redirected", 1)
    assert [line in message.body for line in ("5 RUE NEUVE", "12 RUE DES LILAS")] == [True, True]
    assert "RUE" not in OutboxMail.objects.get().text


@pytest.mark.parametrize("shown", ["right", "other", "", "x"])
def test_only_the_address_that_was_on_screen_is_taken(
    assure_client: Client, former: Adresse, shown: str
) -> None:
    commande, new = order_to(former), moved_house(former.assure)
    posted = {"right": str(new.pk), "other": str(new.pk + 1)}.get(shown, shown)
    response = assure_client.post(page("order_redirect", commande), {"adresse": posted}, follow=True)
    taken = shown == "right"
    assert said(response) == [after.REDIRECTED if taken else after.OTHER_ADDRESS]
    assert again(commande).adresse == (new if taken else former)


def test_address_of_a_sealed_order_stays_and_that_is_told(assure_client: Client, former: Adresse) -> None:
    commande, new = order_to(former, _C.IN_PRODUCTION), moved_house(former.assure)
    response = assure_client.post(page("order_redirect", commande), {"adresse": new.pk}, follow=True)
    assert (said(response), again(commande).adresse) == ([after.SEALED], former)
