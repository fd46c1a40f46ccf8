"""What the post says of an order, entered by an agent where nothing simulates it (D5, D8, D4)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.enums import Act
from accounts.models import Adresse, Assure, Trace
from carte.enums import CarteState, CommandeState
from carte.fabrication import deliver_due
from carte.fabrication.acheminement import Word
from carte.fabrication.poste import record_word
from carte.models import Commande
from tests.declarations.desk import desk, faults, told
from tests.factories import DAY, NOW, AdresseFactory, AgentFactory, CommandeFactory
from vitale_portal.references import display
from vitale_portal.transitions import Actor, MovedOn, NotInTable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]
_C = CommandeState


@pytest.fixture(autouse=True)
def _a_real_post(settings: Settings) -> None:
    settings.VITALE_SIMULATION = False


@pytest.fixture
def shipped(assure: Assure) -> Commande:
    """An order shipped two days ago to its author's address."""
    commande: Commande = CommandeFactory(author=assure, state=_C.SHIPPED, created_at=NOW - 4 * DAY)
    Commande.objects.filter(pk=commande.pk).update(adresse=assure.adresses.first(), due_at=NOW + DAY)
    commande.events.filter(to_state=_C.SHIPPED).update(at=NOW - 2 * DAY)
    commande.refresh_from_db()
    return commande


def presumed(commande: Commande) -> Commande:
    deliver_due(NOW + DAY)
    commande.refresh_from_db()
    return commande


def said(commande: Commande, word: Word, **also: Any) -> Commande:
    given = {"version": commande.version, "user": AgentFactory().user, "now": NOW + DAY} | also
    return record_word(commande=commande, word=word, **given)


@pytest.mark.parametrize("state", CommandeState)
@pytest.mark.parametrize("word", [Word.DELIVERED, Word.RETURNED])
def test_post_speaks_of_what_is_on_its_way(state: CommandeState, word: Word) -> None:
    """Section 8."""
    commande = CommandeFactory(state=state)
    if state == _C.SHIPPED:
        said(commande, word)
        led_to = {Word.DELIVERED: _C.DELIVERED, Word.RETURNED: _C.RETURNED}[word]
        assert commande.events.get(number=commande.version + 1).to_state == led_to
    else:  # the post delivered it: nothing was presumed
        with pytest.raises(NotInTable):
            said(commande, word)


def test_delivered_on_a_day(shipped: Commande) -> None:
    """D6: the card is in use; the move is the post's, entered by an agent."""
    row = said(shipped, Word.DELIVERED, on=date(2026, 11, 1))
    assert row.delivered_at.isoformat() == "2026-11-01T12:00:00+01:00"
    event = row.events.last()
    assert (event.actor, event.by is not None, event.at) == (Actor.POST, True, NOW + DAY)
    assert row.carte.state == CarteState.IN_USE


def test_returned_marks_the_address_and_waits(shipped: Commande, assure: Assure) -> None:
    """B4, D8."""
    row = said(shipped, Word.RETURNED)
    adresse = Adresse.objects.get(assure=assure)
    assert (row.state, adresse.npai_since, row.due_at) == (_C.RETURNED, NOW + DAY, NOW + 61 * DAY)


def test_returned_leaves_again_for_a_newer_address(shipped: Commande, assure: Assure) -> None:
    """D8: at once; only the return was entered by somebody."""
    newer = AdresseFactory(assure=assure, voie="1 RUE NEUVE", given_at=NOW - 3 * DAY)
    row = said(shipped, Word.RETURNED)
    assert (row.state, row.adresse) == (_C.SHIPPED, newer)
    assert [(e.actor, e.by is None) for e in row.events.order_by("-number")[:2]] == [
        (Actor.SYSTEM, True),
        (Actor.POST, False),
    ]


def test_delivery_only_presumed_may_be_followed_by_the_return(shipped: Commande) -> None:
    """Section 8."""
    row = said(presumed(shipped), Word.RETURNED)
    assert (row.state, row.carte.state) == (_C.RETURNED, CarteState.IN_USE)
    with pytest.raises(NotInTable):
        said(row, Word.DELIVERED)


def test_return_that_matters_no_more_is_not_recorded(shipped: Commande) -> None:
    """Another order is open: the presumed delivery stands (decision 32)."""
    row = presumed(shipped)
    CommandeFactory(author=row.author, state=_C.SUBMITTED)
    with pytest.raises(NotInTable):
        said(row, Word.RETURNED)


def test_order_that_moved_on_is_left(shipped: Commande) -> None:
    """D4."""
    seen = shipped.version
    presumed(shipped)
    with pytest.raises(MovedOn):
        said(shipped, Word.DELIVERED, version=seen)


# --- At the desk ------------------------------------------------------------------------------------


def url_of(commande: Commande) -> str:
    return reverse("admin:carte_commande_post", args=[commande.reference])


def enter(client: Client, commande: Commande, **fields: Any) -> Any:
    return client.post(url_of(commande), {"version": commande.version, **fields}, follow=True)


def test_agent_finds_the_order_and_enters_the_word(shipped: Commande) -> None:
    client = desk("droits")
    typed = f"{shipped.reference[:4]}-{shipped.reference[4:8]}-{shipped.reference[8:]}".lower()
    listing = client.get(reverse("admin:carte_commande_changelist"), {"q": typed})
    assert list(listing.context["cl"].result_list) == [shipped]
    page = client.get(reverse("admin:carte_commande_change", args=[shipped.pk])).content.decode()
    assert page.count(f'href="{url_of(shipped)}"') == 1
    response = enter(client, shipped, said="delivered", on="2026-11-01")
    assert told(response) == [f"La remise est enregistrée pour la commande {display(shipped.reference)}."]
    assert Trace.objects.get(act=Act.DECIDED).about == f"commande {shipped.reference}"
    shipped.refresh_from_db()
    assert shipped.state == _C.DELIVERED


@pytest.mark.parametrize("day", ["2026-10-30", "2026-11-03", "9999-12-31", "0001-01-01"])
def test_day_is_from_the_shipping_to_today(shipped: Commande, day: str) -> None:
    response = enter(desk("droits"), shipped, said="delivered", on=day)
    assert faults(response) == {
        "on": ["Le courrier est parti le 31 octobre 2026 : donnez un jour entre celui-là et aujourd’hui."]
    }


@pytest.mark.parametrize("fields", [{}, {"said": "none"}, {"said": "<b>"}])
def test_word_is_one_the_post_may_say(shipped: Commande, fields: dict[str, str]) -> None:
    assert list(faults(enter(desk("droits"), shipped, **fields))) == ["said"]


def test_page_that_moved_on_tells_what_happened(shipped: Commande) -> None:
    """D4."""
    seen = shipped.version
    presumed(shipped)
    response = desk("droits").post(url_of(shipped), {"version": seen, "said": "delivered"}, follow=True)
    (words,) = told(response)
    assert words.startswith(
        f"Rien n’est enregistré pour la commande {display(shipped.reference)}. Entre-temps : "
    )
    assert "« Carte reçue »" in words
    assert not Trace.objects.filter(act=Act.DECIDED).exists()


def test_presumed_delivery_offers_the_return_alone(shipped: Commande) -> None:
    page = desk("droits").get(url_of(presumed(shipped)))
    assert [value for value, _ in page.context["form"].fields["said"].choices] == ["returned"]


@pytest.mark.parametrize(
    ("group", "caisse", "status"),
    [("droits", "301", 404), ("contrôle", "011", 403), ("supervision", "011", 403), ("audit", "011", 403)],
)
def test_others_may_not(shipped: Commande, group: str, caisse: str, status: int) -> None:
    client = desk(group, caisse=caisse)
    answers = (client.get(url_of(shipped)), client.post(url_of(shipped), {"version": 6, "said": "returned"}))
    assert [answer.status_code for answer in answers] == [status, status]


def test_simulated_post_speaks_for_itself(shipped: Commande, settings: Settings) -> None:
    settings.VITALE_SIMULATION = True
    client = desk("droits")
    assert client.get(url_of(shipped)).status_code == 404
    page = client.get(reverse("admin:carte_commande_change", args=[shipped.pk])).content.decode()
    assert url_of(shipped) not in page
