"""A card handed back to its caisse, entered by an agent (section 6)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Act, Notice
from accounts.models import Assure, Message, Trace
from carte.cartes import HAND_BACK_REASONS, HandBackReason, hand_back
from carte.eligibilite import examine, facts_for
from carte.enums import CarteState, CommandeState, Motif, Regle
from carte.fabrication import deliver
from carte.models import Carte
from tests.declarations.desk import desk, faults, told
from tests.factories import HOUR, NOW, AgentFactory, CarteFactory, CommandeFactory, assure_ready, ayant_droit
from vitale_portal.transitions import Actor, MovedOn, NotInTable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]


def url_of(carte: Carte) -> str:
    return reverse("admin:carte_carte_hand_back", args=[carte.pk])


def handed_back(carte: Carte, reason: HandBackReason, version: int | None = None) -> Carte:
    seen = carte.version if version is None else version
    return hand_back(carte=carte, user=AgentFactory().user, reason=reason, version=seen, now=NOW)


@pytest.mark.parametrize("reason", HandBackReason)
@pytest.mark.parametrize("state", CarteState)
def test_each_state_has_its_reasons(assure: Assure, state: CarteState, reason: HandBackReason) -> None:
    """Section 6: a card on its way, or handed back already, is not handed back."""
    carte = CarteFactory(beneficiaire=assure.beneficiaire, state=state)
    if reason in HAND_BACK_REASONS.get(state, ()):
        moved = handed_back(carte, reason)
        event = moved.events.get()
        assert (moved.state, event.actor, event.reason, event.at) == (
            CarteState.HANDED_BACK,
            Actor.AGENT,
            reason.label,
            NOW,
        )
    else:
        with pytest.raises(NotInTable):
            handed_back(carte, reason)
        assert not carte.events.exists()


def test_states_are_those_of_the_table() -> None:
    table = {before for before, after in Carte.MOVES if after == CarteState.HANDED_BACK}
    assert set(HAND_BACK_REASONS) == table


def test_card_that_moved_since_is_left_as_it_is(carte: Carte) -> None:
    """D4."""
    with pytest.raises(MovedOn):
        handed_back(carte, HandBackReason.GIVEN_BACK, version=carte.version + 1)
    carte.refresh_from_db()
    assert carte.state == CarteState.IN_USE
    assert not Message.objects.exists()


def test_order_is_open_again_once_the_card_in_use_is_handed_back(assure: Assure, carte: Carte) -> None:
    """E10."""
    before = examine(facts_for(assure, assure.beneficiaire), NOW)
    handed_back(carte, HandBackReason.GIVEN_BACK)
    after = examine(facts_for(assure, assure.beneficiaire), NOW)
    assert (before.has(Regle.DECLARATION_NEEDED), after.obstacles) == (True, ())
    assert (before.motif, after.motif) == (None, Motif.REPLACEMENT)


def test_rights_that_ended_close_orders(assure: Assure, carte: Carte) -> None:
    """E5."""
    handed_back(carte, HandBackReason.RIGHTS_ENDED)
    facts = facts_for(Assure.objects.get(pk=assure.pk), assure.beneficiaire)
    facts.beneficiaire.refresh_from_db()
    assert facts.beneficiaire.rights_ended_since == NOW
    assert [one.regle for one in examine(facts, NOW).obstacles] == [Regle.RIGHTS_ENDED]


def test_window_of_a_found_card_stays(assure: Assure) -> None:
    """F5, F8: the paper form leaves all the same."""
    carte = CarteFactory(
        beneficiaire=assure.beneficiaire,
        state=CarteState.OPPOSED,
        form_due_at=NOW,
        online_again_at=NOW + 24 * HOUR,
    )
    handed_back(carte, HandBackReason.FOUND)
    assert examine(facts_for(assure, assure.beneficiaire), NOW).has(Regle.PAPER_FORM_LEAVING)


def test_new_face_is_delivered_though_the_old_card_was_handed_back(assure: Assure, carte: Carte) -> None:
    """D6: there is nothing left to end, and nothing to remind of."""
    commande = CommandeFactory(author=assure, state=CommandeState.SHIPPED, motif=Motif.NEW_FACE)
    new = commande.carte
    handed_back(carte, HandBackReason.GIVEN_BACK)
    deliver([commande], actor=Actor.POST, now=NOW)
    for row in (carte, new):
        row.refresh_from_db()
    assert (carte.state, carte.remind_at) == (CarteState.HANDED_BACK, None)
    assert (new.state, new.in_use_at) == (CarteState.IN_USE, NOW)


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        (CarteState.IN_USE, HandBackReason.GIVEN_BACK, "n’a plus de carte en service"),
        (CarteState.IN_USE, HandBackReason.RIGHTS_ENDED, "aucune nouvelle carte ne peut être commandée"),
        (CarteState.OPPOSED, HandBackReason.FOUND, "retrouvée après une déclaration"),
    ],
)
def test_every_holder_is_told(state: CarteState, reason: HandBackReason, says: str) -> None:
    """Section 6."""
    first, second = assure_ready(), assure_ready()
    carte = CarteFactory(beneficiaire=ayant_droit(first, second), state=state)
    handed_back(carte, reason)
    messages = Message.objects.filter(notice=Notice.CARTE_HANDED_BACK)
    assert {one.assure_id for one in messages} == {first.pk, second.pk}
    assert all(says in one.body and carte.serial not in one.body for one in messages)


# --- At the desk ------------------------------------------------------------------------------------


def test_agent_enters_it_with_a_reason(carte: Carte) -> None:
    droits = desk("droits")
    page = droits.get(url_of(carte)).content.decode()
    assert page.count("Une carte restituée ne pourra plus jamais servir.") == 1
    said: dict[str, Any] = {"version": carte.version, "reason": "GIVEN_BACK"}
    response = droits.post(url_of(carte), said, follow=True)
    assert told(response) == ["La restitution est enregistrée ; la personne en est informée."]
    carte.refresh_from_db()
    assert carte.state == CarteState.HANDED_BACK
    kept = Trace.objects.get(act=Act.DECIDED)
    assert (kept.about, kept.beneficiaire) == (f"carte n° … {carte.serial[-4:]}", carte.beneficiaire)
    again = droits.post(url_of(carte), said)
    assert faults(again)["reason"] != []


def test_page_that_moved_on_says_how_the_card_stands(carte: Carte) -> None:
    """D4."""
    Carte.objects.filter(pk=carte.pk).update(version=1)
    response = desk("droits").post(url_of(carte), {"version": 0, "reason": "GIVEN_BACK"}, follow=True)
    assert told(response) == ["Rien n’est changé : entre-temps, la carte est devenue « En service »."]
    assert not Trace.objects.filter(act=Act.DECIDED).exists()


@pytest.mark.parametrize("sent", [{}, {"reason": "REPLACED"}, {"reason": "<b>", "version": "-1"}])
def test_reason_is_one_of_those_of_the_state(carte: Carte, sent: dict[str, str]) -> None:
    response = desk("droits").post(url_of(carte), {"version": carte.version, **sent})
    assert list(faults(response)) == ["reason"]
    carte.refresh_from_db()
    assert carte.state == CarteState.IN_USE


@pytest.mark.parametrize(
    ("group", "caisse", "status"),
    [("droits", "301", 404), ("contrôle", "011", 403), ("supervision", "011", 403), ("audit", "011", 403)],
)
def test_others_may_not(carte: Carte, group: str, caisse: str, status: int) -> None:
    client = desk(group, caisse=caisse)
    said = {"version": carte.version, "reason": "GIVEN_BACK"}
    answers = (client.get(url_of(carte)), client.post(url_of(carte), said))
    assert [answer.status_code for answer in answers] == [status, status]
    carte.refresh_from_db()
    assert carte.state == CarteState.IN_USE


@pytest.mark.parametrize(
    ("state", "offered"), [("IN_USE", 1), ("OPPOSED", 1), ("ENDED", 1), ("IN_TRANSIT", 0)]
)
def test_page_of_a_card_offers_it(assure: Assure, state: str, offered: int) -> None:
    carte = CarteFactory(beneficiaire=assure.beneficiaire, state=state)
    page = desk("droits").get(reverse("admin:carte_carte_change", args=[carte.pk])).content.decode()
    assert page.count(f'href="{url_of(carte)}"') == offered


def test_holder_sees_the_word(assure_client: Client, carte: Carte) -> None:
    handed_back(carte, HandBackReason.GIVEN_BACK)
    page = assure_client.get(reverse("cartes")).content.decode()
    assert page.count("Restituée") == 1
