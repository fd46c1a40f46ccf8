"""A form come back filled: the rules that refuse it, the draft that gives way, bad scans (F6)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.models import Agent, Assure, Beneficiaire, Message
from carte.commandes import OrderRefused
from carte.enums import CommandeState
from carte.images import PictureRefused
from carte.models import Commande, Piece
from declarations.enums import PliState
from declarations.models import PliPapier
from tests.carte.pictures import plain
from tests.declarations.situations import entered, formulaire, stands
from tests.factories import (
    DAY,
    NOW,
    AdresseFactory,
    CarteFactory,
    CommandeFactory,
    PliFactory,
    assure_ready,
    jpeg,
    whole_draft,
)
from vitale_portal.transitions import MovedOn, MoveRefused

pytestmark = pytest.mark.django_db
Files = Callable[[], set[str]]


# --- The rules on paper (F6) -------------------------------------------------------------------


def flagged(**fields: Any) -> Callable[[Assure], Any]:
    return lambda assure: Beneficiaire.objects.filter(pk=assure.beneficiaire_id).update(**fields)


def rule_e2(assure: Assure) -> None:
    regime = assure.caisse.regime
    regime.online_order = "NO"
    regime.save()


REFUSED: dict[str, Callable[[Assure], Any]] = {
    "E1": lambda assure: CommandeFactory(author=assure, state=CommandeState.IN_REVIEW),
    "E3": flagged(forbidden_since=NOW),
    "E4": flagged(mutation_since=NOW),
    "E5": flagged(rights_ended_since=NOW),
    "E6": flagged(date_naissance=date(2016, 1, 1)),
    "E7": flagged(nir="7850101001001"),
}
NOT_ASKED: dict[str, Callable[[Assure], Any]] = {
    "E2": rule_e2,
    "E8": lambda assure: assure.adresses.update(npai_since=NOW - DAY),
    "E11": lambda assure: CarteFactory(
        beneficiaire=assure.beneficiaire, opposed=True, form_due_at=NOW, online_again_at=NOW + DAY
    ),
    "E12": lambda assure: AdresseFactory(assure=assure, waiting=True),
}


def fresh(pli: PliPapier) -> PliPapier:
    return PliPapier.objects.select_related("assure__caisse__regime", "beneficiaire").get(pk=pli.pk)


@pytest.mark.parametrize("code", REFUSED)
def test_form_filled_is_refused_by_a_rule_and_leaves_no_file(
    pli: PliPapier, agent: Agent, stored_files: Files, code: str
) -> None:
    REFUSED[code](pli.assure)
    known, orders = stored_files(), Commande.objects.count()
    with pytest.raises(OrderRefused) as refusal:
        entered(fresh(pli), agent)
    assert [o.regle.value for o in refusal.value.answer.obstacles] == [code]
    assert (stored_files(), Commande.objects.count(), stands(pli)) == (known, orders, ("SENT", 1))
    assert (Piece.objects.count(), Message.objects.count()) == (0, 0)


@pytest.mark.parametrize("code", NOT_ASKED)
def test_form_filled_is_not_asked_what_is_for_online_alone(pli: PliPapier, agent: Agent, code: str) -> None:
    NOT_ASKED[code](pli.assure)
    assert entered(fresh(pli), agent).state == CommandeState.SUBMITTED


def test_form_filled_without_any_address_is_taken(pli: PliPapier, agent: Agent) -> None:
    """E9 is not asked on paper: the address is given later."""
    PliPapier.objects.update(adresse=None)
    pli.assure.adresses.all().delete()
    commande = entered(fresh(pli), agent)
    assert (commande.adresse, commande.adresse_lines) == (None, [str(pli.beneficiaire)])


def test_card_came_meanwhile_closes_the_form(pli: PliPapier, agent: Agent, stored_files: Files) -> None:
    """E10."""
    CarteFactory(beneficiaire=pli.beneficiaire)
    assert entered(pli, agent) is None
    assert (stands(pli), Commande.objects.count(), stored_files()) == (("CLOSED", 2), 0, set())
    event = pli.events.get()
    assert (event.to_state, event.by, event.reason) == (
        "CLOSED",
        agent.user,
        "une carte est arrivée entre-temps",
    )


# --- An online draft gives way (F6) ------------------------------------------------------------


def test_online_draft_gives_way_with_its_files_and_a_message(
    pli: PliPapier, agent: Agent, stored_files: Files, django_capture_on_commit_callbacks: Any
) -> None:
    draft = whole_draft(author=pli.assure)
    with django_capture_on_commit_callbacks(execute=True):
        commande = entered(pli, agent)
    assert [c.pk for c in Commande.objects.all()] == [commande.pk]
    assert stored_files() == set(commande.pieces.values_list("pages__file", flat=True))
    told = set(Message.objects.values_list("notice", "about"))
    assert told == {
        ("brouillon_replaced", f"commande {draft.reference}"),
        ("commande_submitted", f"commande {commande.reference} n° 1"),
    }


def test_drafts_of_both_parents_give_way_and_each_is_told(
    agent: Agent, django_capture_on_commit_callbacks: Any, stored_files: Files
) -> None:
    parents = [assure_ready(), assure_ready()]
    child = parents[0].beneficiaire
    parents[1].rattachements.create(beneficiaire=child, lien="AYANT_DROIT")
    for parent in parents:
        whole_draft(author=parent, beneficiaire=child)
    pli = PliFactory(unasked=True, assure=parents[0], state=PliState.SENT)
    with django_capture_on_commit_callbacks(execute=True):
        entered(pli, agent)
    told = [m.assure for m in Message.objects.filter(notice="brouillon_replaced").order_by("assure")]
    assert (told, Commande.objects.count(), len(stored_files())) == (parents, 1, 2)


def test_draft_for_somebody_else_stays(pli: PliPapier, agent: Agent) -> None:
    other = whole_draft(author=assure_ready())
    entered(pli, agent)
    assert (Commande.objects.filter(pk=other.pk).count(), other.pieces.count()) == (1, 2)


@pytest.mark.parametrize("code", REFUSED)
def test_draft_stays_when_a_rule_refuses(
    pli: PliPapier, agent: Agent, stored_files: Files, code: str
) -> None:
    draft = whole_draft(author=pli.assure)
    known = stored_files()
    REFUSED[code](pli.assure)
    with pytest.raises(OrderRefused):
        entered(fresh(pli), agent)
    assert (stored_files(), draft.pieces.count(), Message.objects.count()) == (known, 2, 0)


# --- Scans that cannot be read, pages that moved on --------------------------------------------

BAD: dict[str, dict[str, bytes]] = {
    "no photo": {"photo": b""},
    "a photo too light": {"photo": plain(300, 400)},
    "a photo that is text": {"photo": b"bonjour" * 9000},
    "no pièce d'identité": {"identite": b""},
    "a pièce d'identité cut short": {"identite": jpeg(70_000)[:300]},
    "neither": {"photo": b"", "identite": b""},
}


@pytest.mark.parametrize("scans", BAD.values(), ids=BAD)
def test_bad_scan_is_refused_and_leaves_nothing(
    pli: PliPapier, agent: Agent, stored_files: Files, scans: dict[str, bytes]
) -> None:
    draft = whole_draft(author=pli.assure)
    known = stored_files()
    with pytest.raises(PictureRefused):
        entered(pli, agent, formulaire=formulaire(**scans))
    assert (stored_files(), stands(pli)) == (known, ("SENT", 1))
    assert (list(Commande.objects.all()), Message.objects.count()) == ([draft], 0)


MOVED = {"RETURNED": 2, "CLOSED": 2, "NPAI": 2}


@pytest.mark.parametrize("state", MOVED)
def test_page_that_moved_on_is_refused_and_leaves_nothing(
    pli: PliPapier, agent: Agent, stored_files: Files, state: str
) -> None:
    PliPapier.objects.update(state=state, version=2)
    with pytest.raises(MovedOn):
        entered(pli, agent, version=1)
    assert (stored_files(), stands(pli), Commande.objects.count()) == (set(), (state, 2), 0)


@pytest.mark.parametrize("state", [PliState.PLANNED, PliState.CANCELLED, PliState.RETURNED, PliState.CLOSED])
def test_form_that_is_not_out_cannot_come_back(
    assure: Assure, agent: Agent, stored_files: Files, state: PliState
) -> None:
    pli = PliFactory(unasked=True, assure=assure, state=state)
    with pytest.raises(MoveRefused):
        entered(pli, agent)
    assert (stored_files(), stands(pli), Commande.objects.count()) == (set(), (state, pli.version), 0)


def test_form_entered_twice_makes_one_order(pli: PliPapier, agent: Agent, stored_files: Files) -> None:
    entered(pli, agent)
    page = PliFactory.build(pk=pli.pk, assure=pli.assure, beneficiaire=pli.beneficiaire, declaration=None,
                            cause=pli.cause, planned_at=NOW, version=1)  # fmt: skip
    with pytest.raises(OrderRefused):
        entered(page, agent)
    assert (Commande.objects.count(), len(stored_files()), stands(pli)) == (1, 2, ("RETURNED", 2))
