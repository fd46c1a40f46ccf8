"""What comes back of a paper form: undelivered, filled, or no longer needed (F6, B4)."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Adresse, Agent, Assure, Lettre, Message
from carte.enums import CarteState
from carte.models import Commande
from declarations.enums import PliState
from declarations.models import PliPapier
from declarations.retours import close_pli, mark_npai
from tests.declarations.situations import SIGNED, entered, stands
from tests.factories import (
    DAY,
    NOW,
    AdresseFactory,
    CarteFactory,
    PliFactory,
    assure_ready,
)
from vitale_portal.transitions import MovedOn, NotInTable

pytestmark = pytest.mark.django_db
Files = Callable[[], set[str]]


# --- Undelivered (B4) --------------------------------------------------------------------------


def test_npai_marks_the_address_the_form_went_to(pli: PliPapier, agent: Agent) -> None:
    newer = AdresseFactory(assure=pli.assure, voie="1 PLACE NEUVE", given_at=NOW - DAY)
    mark_npai(pli=pli, user=agent.user, version=1, now=NOW)
    assert stands(pli) == ("NPAI", 2)
    marks = dict(Adresse.objects.values_list("pk", "npai_since"))
    assert marks == {pli.adresse_id: NOW, newer.pk: None}
    event = pli.events.get()
    assert (event.actor, event.by, event.at) == ("AGENT", agent.user, NOW)


def test_npai_marks_once(pli: PliPapier, agent: Agent) -> None:
    """Mail that came back before keeps its date."""
    Adresse.objects.update(npai_since=NOW - DAY)
    mark_npai(pli=pli, user=agent.user, version=1, now=NOW)
    assert Adresse.objects.get().npai_since == NOW - DAY


def test_npai_twice_is_told_and_changes_nothing(pli: PliPapier, agent: Agent) -> None:
    mark_npai(pli=pli, user=agent.user, version=1, now=NOW)
    with pytest.raises(MovedOn):
        mark_npai(pli=pli, user=agent.user, version=1, now=NOW + DAY)
    with pytest.raises(NotInTable):
        mark_npai(pli=pli, user=agent.user, version=2, now=NOW + DAY)
    assert (stands(pli), Adresse.objects.get().npai_since) == (("NPAI", 2), NOW)


NOT_SENT = [state for state in PliState if state != PliState.SENT]


@pytest.mark.parametrize("state", NOT_SENT)
def test_npai_is_for_a_form_that_left(assure: Assure, agent: Agent, state: PliState) -> None:
    pli = PliFactory(unasked=True, assure=assure, state=state)
    with pytest.raises(NotInTable):
        mark_npai(pli=pli, user=agent.user, version=pli.version, now=NOW)
    assert (stands(pli)[0], Adresse.objects.get().npai_since) == (state, None)


# --- No longer needed --------------------------------------------------------------------------

CLOSABLE = {state: state in {PliState.SENT, PliState.NPAI} for state in PliState}


@pytest.mark.parametrize(("state", "closes"), CLOSABLE.items(), ids=CLOSABLE)
def test_form_is_closed_with_a_reason(assure: Assure, agent: Agent, state: PliState, *, closes: bool) -> None:
    pli = PliFactory(unasked=True, assure=assure, state=state)
    try:
        close_pli(pli=pli, user=agent.user, version=pli.version, reason="en double", now=NOW)
    except NotInTable:
        assert not closes
    reasons = list(pli.events.values_list("to_state", "reason", "by"))
    assert (stands(pli)[0], reasons) == (
        ("CLOSED", [("CLOSED", "en double", agent.user.pk)]) if closes else (state, [])
    )


# --- Come back filled (F6) ---------------------------------------------------------------------


@pytest.mark.parametrize("state", [PliState.SENT, PliState.NPAI])
def test_form_filled_makes_an_order_to_review(
    assure: Assure, agent: Agent, stored_files: Files, state: PliState
) -> None:
    pli = PliFactory(unasked=True, assure=assure, state=state)
    version = pli.version
    commande = entered(pli, agent)
    stored = Commande.objects.get()
    assert (stored, stored.state, stored.channel, stored.signed_on) == (
        commande,
        "SUBMITTED",
        "PAPER",
        SIGNED,
    )
    assert (stored.author, stored.beneficiaire, stored.caisse) == (assure, assure.beneficiaire, assure.caisse)
    assert (stored.motif, stored.submitted_at, stored.expected_at) == ("FIRST", NOW, NOW + 28 * DAY)
    assert stored.adresse_lines[1] == "12 RUE DES LILAS"
    pieces = list(stored.pieces.order_by("kind").values_list("kind", "nature", "weight", "deposited_at"))
    assert pieces == [("IDENTITE", "PASSEPORT", 70_000, NOW), ("PHOTO", "", 60_000, NOW)]
    assert stored_files() == set(stored.pieces.values_list("pages__file", flat=True))
    assert (stands(pli), pli.commande) == (("RETURNED", version + 1), stored)


def test_form_filled_says_who_entered_it(pli: PliPapier, agent: Agent) -> None:
    commande = entered(pli, agent)
    sent, returned = commande.events.get(), pli.events.get()
    assert (sent.from_state, sent.to_state, sent.actor, sent.by) == (
        "DRAFT",
        "SUBMITTED",
        "AUTHOR",
        agent.user,
    )
    assert (returned.to_state, returned.actor, returned.by) == ("RETURNED", "AGENT", agent.user)


@pytest.mark.parametrize(("account", "kind"), [(True, Message), (False, Lettre)], ids=["message", "letter"])
def test_form_filled_is_told_to_its_sender(agent: Agent, kind: Any, *, account: bool) -> None:
    """F10: on paper to who has no account."""
    pli = PliFactory(unasked=True, assure=assure_ready(user=account), state=PliState.SENT)
    entered(pli, agent)
    told = [(m.assure, m.notice) for model in (Message, Lettre) for m in model.objects.all()]
    assert (told, kind.objects.count()) == ([(pli.assure, "commande_submitted")], 1)


MOTIFS: dict[str, tuple[CarteState | None, dict[str, str], str]] = {
    "F6 first": (None, {}, "FIRST"),
    "F6 replacement": (CarteState.OPPOSED, {}, "REPLACEMENT"),
    "F6 new face": (CarteState.IN_USE, {"nom": "DUPONT-AVANT"}, "NEW_FACE"),
}


@pytest.mark.parametrize(("state", "face", "motif"), MOTIFS.values(), ids=MOTIFS)
def test_form_filled_has_the_motif_of_the_cards(
    pli: PliPapier, agent: Agent, state: CarteState | None, face: dict[str, str], motif: str
) -> None:
    if state:
        CarteFactory(beneficiaire=pli.beneficiaire, state=state, **face)
    assert entered(pli, agent).motif == motif


def test_form_of_a_declaration_comes_back_while_e11_holds(assure: Assure, agent: Agent) -> None:
    """F6: of E1 to E12 only E1, E3 to E7 and E10 apply."""
    pli = PliFactory(declaration__author=assure, planned_at=NOW - 4 * DAY, state=PliState.SENT)
    assert entered(pli, agent).motif == "REPLACEMENT"
