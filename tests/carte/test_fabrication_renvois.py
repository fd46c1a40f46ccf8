"""Cards the post brings back: sent again to a newer address, or waiting for one, or given up (B4, D5, D8)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Adresse, SetAside
from carte.enums import CarteState, CommandeState
from carte.fabrication import deliver_due, give_up_due, resend_due, returns_due, ship_due
from carte.fabrication.acheminement import Word, word_on
from carte.fabrication.renvois import NO_NEW_ADDRESS, bring_back
from carte.models import Carte, Commande
from carte.reception import confirm_receipt
from tests.factories import DAY, HOUR, NOW, AdresseFactory, CarteFactory, CommandeFactory, assure_ready
from vitale_portal.transitions import Actor, Step, move

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
SHIPPED, DELIVERED, RETURNED = CommandeState.SHIPPED, CommandeState.DELIVERED, CommandeState.RETURNED
CANCELLED = CommandeState.CANCELLED
IN_TRANSIT, IN_USE, OPPOSED = CarteState.IN_TRANSIT, CarteState.IN_USE, CarteState.OPPOSED
NEW = {"voie": "3 QUAI DE L'ORNE", "code_postal": "14000", "commune": "Caen"}
LIMIT = NOW + 60 * DAY


def on_its_way(**fields: Any) -> Commande:
    """An order shipped to the current address of its author, of which the post has something to say."""
    author = assure_ready()
    adresse = author.adresses.get()
    return CommandeFactory(author=author, adresse=adresse, **{"state": SHIPPED, "due_at": NOW} | fields)


def came_back(**fields: Any) -> Commande:
    """An order whose card came back at ``NOW``, and waits."""
    commande = on_its_way(**fields)
    bring_back([commande], NOW)
    return fresh(commande)


def fresh(commande: Commande) -> Commande:
    return Commande.objects.get(pk=commande.pk)


def steps(commande: Commande) -> list[tuple[str, str]]:
    """What happened once it was shipped: to which state, by whom."""
    return list(commande.events.filter(number__gt=5).values_list("to_state", "actor"))


def notices(commande: Commande) -> list[str]:
    return [message.notice for message in commande.author.messages.order_by("written_at", "pk")]


@pytest.fixture
def post_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Word], None]:
    """Make the post say the same of all."""

    def say(word: Word) -> None:
        monkeypatch.setattr("carte.fabrication.acheminement.word_on", lambda *_: word)
        monkeypatch.setattr("carte.fabrication.poste.word_on", lambda *_: word)

    return say


# --- The post's word ---------------------------------------------------------------------------


def test_post_s_word_comes_at_its_rate(settings: Settings) -> None:
    settings.VITALE_POST_RETURN_RATE = 0.4
    words = [word_on(Commande(reference=f"{n:010}"), 5) for n in range(1000)]
    found = [words.count(word) for word in (Word.DELIVERED, Word.RETURNED, Word.NONE)]
    assert all(abs(n - about) <= 50 for n, about in zip(found, (600, 200, 200), strict=True))


def test_returned_card_marks_its_address_and_waits(post_says: Callable[[Word], None]) -> None:
    """B4, D8."""
    post_says(Word.RETURNED)
    commande = on_its_way()
    assert [deliver_due(NOW), deliver_due(NOW)] == [1, 0]
    row = fresh(commande)
    assert (row.state, row.due_at, row.deadline_at) == (RETURNED, LIMIT, LIMIT)
    assert (steps(row), row.carte.state) == ([(RETURNED, "POST")], IN_TRANSIT)
    assert Adresse.objects.get().npai_since == NOW
    message = row.author.messages.get()
    assert (message.notice, "avant le 1er janvier 2027" in message.body) == ("commande_returned", True)


def test_silence_is_delivery_presumed_ten_days_after_shipping(post_says: Callable[[Word], None]) -> None:
    """D5."""
    post_says(Word.NONE)
    commande = CommandeFactory(state=CommandeState.IN_PRODUCTION, due_at=NOW)
    ship_due(NOW)
    assert [deliver_due(NOW + 10 * DAY - SECOND), deliver_due(NOW + 10 * DAY)] == [0, 1]
    assert steps(commande) == [(DELIVERED, "SYSTEM")]


# --- A newer address ---------------------------------------------------------------------------


def test_card_leaves_at_once_when_a_newer_address_serves() -> None:
    """D8: the same card, and the former address is not marked."""
    commande = on_its_way()
    carte = commande.carte
    newer = AdresseFactory(assure=commande.author, given_at=NOW - DAY, **NEW)
    bring_back([commande], NOW)
    row = fresh(commande)
    assert steps(row) == [(RETURNED, "POST"), (SHIPPED, "SYSTEM")]
    assert (row.adresse, row.adresse_lines[1:]) == (newer, newer.lines)
    assert (row.due_at, row.deadline_at, row.carte) == (NOW + 72 * HOUR, None, carte)
    assert list(Adresse.objects.values_list("npai_since", flat=True)) == [None, None]
    assert notices(row) == ["commande_returned", "commande_resent"]
    assert "la même carte y repart" in row.author.messages.get(notice="commande_returned").body


# Of the address given since: the second it is usable at, from the return, and whether the card leaves then.
ADDRESSES = {
    "a second early": ({"usable_at": NOW + HOUR + SECOND}, 0),
    "usable": ({"usable_at": NOW + HOUR}, 1),
    "withdrawn": ({"usable_at": NOW, "withdrawn_at": NOW}, 0),
    "mail came back from it too": ({"usable_at": NOW, "npai_since": NOW}, 0),
}


@pytest.mark.parametrize(("fields", "sent"), ADDRESSES.values(), ids=ADDRESSES)
def test_card_leaves_when_a_new_address_serves(fields: dict[str, Any], sent: int) -> None:
    commande = came_back()
    AdresseFactory(assure=commande.author, given_at=NOW, **NEW | fields)
    later = NOW + HOUR
    assert [resend_due(later), resend_due(later)] == [sent, 0]
    row = fresh(commande)
    assert row.state == (SHIPPED if sent else RETURNED)
    assert Carte.objects.get().state == IN_TRANSIT
    if sent:
        assert (row.adresse_lines[1], row.due_at, row.deadline_at) == (NEW["voie"], later + 72 * HOUR, None)
        assert deliver_due(later + 72 * HOUR) == 1
        assert Carte.objects.get().state == IN_USE


def test_card_leaves_for_the_same_address_once_an_agent_trusts_it() -> None:
    """B4."""
    commande = came_back()
    Adresse.objects.update(npai_since=None)
    assert (resend_due(NOW + HOUR), fresh(commande).state) == (1, SHIPPED)


def test_card_opposed_meanwhile_does_not_leave() -> None:
    commande = came_back()
    AdresseFactory(assure=commande.author, given_at=NOW, usable_at=NOW, **NEW)
    move(commande.carte, Step(to=OPPOSED, actor=Actor.AGENT, at=NOW))
    assert (resend_due(NOW + HOUR), fresh(commande).state) == (0, RETURNED)


# --- Nobody gives one --------------------------------------------------------------------------


def test_order_is_given_up_after_sixty_days_and_its_card_opposed() -> None:
    commande = came_back()
    assert [give_up_due(LIMIT - SECOND), give_up_due(LIMIT), give_up_due(LIMIT)] == [0, 1, 0]
    row = fresh(commande)
    assert (row.state, row.deadline_at, row.carte.state) == (CANCELLED, None, OPPOSED)
    events = [row.events.last(), row.carte.events.last()]
    assert [(event.actor, event.reason) for event in events] == [("SYSTEM", NO_NEW_ADDRESS)] * 2
    assert notices(row) == ["commande_returned", "commande_cancelled"]


def test_address_that_waits_keeps_the_order_until_it_serves() -> None:
    commande = came_back()
    usable_at = LIMIT + 47 * HOUR
    AdresseFactory(assure=commande.author, given_at=LIMIT - HOUR, usable_at=usable_at, **NEW)
    assert (give_up_due(LIMIT), fresh(commande).due_at) == (1, usable_at)
    assert (returns_due(usable_at), fresh(commande).state) == (1, SHIPPED)


def test_sixty_days_and_a_new_address_at_once_send_the_card() -> None:
    commande = came_back()
    AdresseFactory(assure=commande.author, given_at=LIMIT - DAY, usable_at=LIMIT, **NEW)
    assert (returns_due(LIMIT), fresh(commande).state) == (1, SHIPPED)


# --- After a presumed delivery -----------------------------------------------------------------


@pytest.fixture
def presumed(post_says: Callable[[Word], None]) -> Commande:
    """An order whose delivery was presumed at ``NOW``; the simulation brings its card back 3 days later."""
    post_says(Word.NONE)
    commande = on_its_way()
    CarteFactory(beneficiaire=commande.beneficiaire, face_changed=True)
    deliver_due(NOW)
    return fresh(commande)


def test_card_comes_back_after_a_presumed_delivery_and_stays_in_use(presumed: Commande) -> None:
    """D8: only then; the card is one, and is not made twice."""
    assert (presumed.state, presumed.carte.state) == (DELIVERED, IN_USE)
    assert [returns_due(NOW + 3 * DAY - SECOND), returns_due(NOW + 3 * DAY), returns_due(NOW + 3 * DAY)] == [
        0,
        1,
        0,
    ]
    row = fresh(presumed)
    assert (row.state, row.delivered_at, row.carte.state) == (RETURNED, None, IN_USE)
    AdresseFactory(assure=row.author, given_at=NOW, usable_at=NOW + 4 * DAY, **NEW)
    assert (resend_due(NOW + 4 * DAY), deliver_due(NOW + 14 * DAY)) == (1, 1)
    again = fresh(presumed)
    assert (again.state, again.delivered_at, again.carte.state) == (DELIVERED, NOW + 14 * DAY, IN_USE)
    assert [move for move, _actor in steps(again)] == [DELIVERED, RETURNED, SHIPPED, DELIVERED]
    assert sorted(Carte.objects.values_list("state", flat=True)) == ["ENDED", "IN_USE"]


def test_presumed_delivery_stands_once_the_card_is_opposed(presumed: Commande) -> None:
    move(presumed.carte, Step(to=OPPOSED, actor=Actor.AUTHOR, at=NOW))
    returns_due(NOW + 3 * DAY)
    row = fresh(presumed)
    assert (row.state, row.deadline_at, SetAside.objects.count()) == (DELIVERED, None, 0)


def test_presumed_delivery_stands_once_another_order_is_open(presumed: Commande) -> None:
    CommandeFactory(author=presumed.author, state=CommandeState.SUBMITTED)
    returns_due(NOW + 3 * DAY)
    assert (fresh(presumed).state, SetAside.objects.count()) == (DELIVERED, 0)


def test_presumed_delivery_stands_once_the_author_has_the_card(presumed: Commande) -> None:
    """Said on a page that still showed it on its way: his word is worth more than a silence (D6)."""
    confirm_receipt(commande=presumed, user=presumed.author.user, now=NOW + DAY)
    assert (returns_due(NOW + 3 * DAY), fresh(presumed).state) == (0, DELIVERED)


def test_delivery_the_post_told_of_is_not_taken_back(post_says: Callable[[Word], None]) -> None:
    post_says(Word.DELIVERED)
    commande = on_its_way()
    deliver_due(NOW)
    assert (returns_due(NOW + 99 * DAY), fresh(commande).deadline_at) == (0, None)
