"""Orders: starting one, its steps, sending it once (section 7, C1 to C5)."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Assure, Message, Regime
from carte.commandes import (
    OrderRefused,
    Stage,
    acknowledge_conditions,
    furthest_stage,
    may_reach,
    start_draft,
    submit_commande,
)
from carte.eligibilite import Answer
from carte.enums import Channel, CommandeState, Motif, PieceKind, Regle, Verdict
from carte.models import Commande
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    PieceFactory,
    assure_ready,
    ayant_droit,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]
PHOTO, IDENTITE = PieceKind.PHOTO, PieceKind.IDENTITE
SECOND = timedelta(seconds=1)


def refusal_of(call: Any, **kwargs: Any) -> Answer:
    with pytest.raises(OrderRefused) as refusal:
        call(**kwargs, now=NOW)
    return refusal.value.answer


def rules(answer: Answer) -> list[str]:
    return [obstacle.regle.value for obstacle in answer.obstacles]


# --- Starting ----------------------------------------------------------------------------------


def test_start_makes_a_draft_of_the_author_s_caisse_and_writes_no_event(assure: Assure) -> None:
    draft = start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)
    kept = (draft.state, draft.version, draft.author, draft.caisse, draft.channel, draft.created_at)
    assert kept == (CommandeState.DRAFT, 0, assure, assure.caisse, Channel.ONLINE, NOW)
    assert (draft.events.count(), Message.objects.count()) == (0, 0)


def test_start_again_resumes_one_s_own_draft(assure: Assure) -> None:
    first = start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)
    again = start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW + DAY)
    assert (again, again.created_at, Commande.objects.count()) == (first, NOW, 1)


def test_start_by_each_parent_makes_a_draft_each(assure: Assure) -> None:
    child = ayant_droit(assure, father := assure_ready())
    drafts = {start_draft(assure=parent, beneficiaire=child, now=NOW) for parent in (assure, father)}
    assert len(drafts) == 2


def test_start_after_a_finished_order_makes_another(assure: Assure) -> None:
    done = CommandeFactory(author=assure, state=CommandeState.REJECTED)
    assert start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW) != done


def test_start_for_another_person_leaves_the_first_draft(assure: Assure) -> None:
    """C5: the beneficiary of a draft cannot be changed."""
    child = ayant_droit(assure)
    drafts = [start_draft(assure=assure, beneficiaire=who, now=NOW) for who in (assure.beneficiaire, child)]
    assert [draft.beneficiaire for draft in drafts] == [assure.beneficiaire, child]


def test_start_is_refused_with_the_rules_and_makes_nothing(assure: Assure) -> None:
    assure.adresses.update(npai_since=NOW)
    assert rules(refusal_of(start_draft, assure=assure, beneficiaire=assure.beneficiaire)) == ["E8"]
    assert Commande.objects.count() == 0


def test_start_passes_while_an_address_waits_or_a_form_leaves(assure: Assure) -> None:
    """E11, E12: a draft may start."""
    AdresseFactory(assure=assure, waiting=True)
    CarteFactory(beneficiaire=assure.beneficiaire, opposed=True, form_due_at=NOW, online_again_at=NOW + DAY)
    draft = start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)
    assert rules(refusal_of(submit_commande, commande=draft)) == ["E11", "E12"]


# --- Steps -------------------------------------------------------------------------------------

NAMED = [(PHOTO, ""), (IDENTITE, "PASSEPORT")]
STAGES: dict[str, tuple[list[tuple[PieceKind, str]], Stage]] = {
    "nothing": ([], Stage.PHOTO),
    "photo": ([(PHOTO, "")], Stage.IDENTITE),
    "pièce d'identité alone": ([(IDENTITE, "PASSEPORT")], Stage.PHOTO),
    "both, the document not named": ([(PHOTO, ""), (IDENTITE, "")], Stage.IDENTITE),
    "both": (NAMED, Stage.VALIDATION),
}


@pytest.mark.parametrize(("pieces", "furthest"), STAGES.values(), ids=STAGES)
def test_later_steps_wait_for_those_ahead(pieces: list[tuple[PieceKind, str]], furthest: Stage) -> None:
    draft = CommandeFactory()
    for kind, nature in pieces:
        PieceFactory(commande=draft, kind=kind, nature=nature)
    order = [Stage.PHOTO, Stage.IDENTITE, Stage.VALIDATION]
    assert furthest_stage(draft) == furthest
    assert [stage for stage in order if may_reach(draft, stage)] == order[: order.index(furthest) + 1]


@pytest.mark.parametrize("kind", PieceKind)
def test_conditions_read_are_kept_for_a_draft_alone(kind: PieceKind) -> None:
    field = {PHOTO: "photo_conditions_at", IDENTITE: "identite_conditions_at"}[kind]
    draft, sent = CommandeFactory(), CommandeFactory(state=CommandeState.SUBMITTED)
    for commande in (draft, sent):
        acknowledge_conditions(commande=commande, kind=kind, now=NOW)
    draft.refresh_from_db()
    sent.refresh_from_db()
    assert (getattr(draft, field), draft.touched_at) == (NOW, NOW)
    assert (sent.photo_conditions_at, sent.identite_conditions_at, sent.touched_at) == (
        None,
        None,
        sent.created_at,
    )


@pytest.mark.parametrize(("pieces", "furthest"), list(STAGES.values())[:-1], ids=list(STAGES)[:-1])
def test_submit_without_all_pieces_is_refused(
    pieces: list[tuple[PieceKind, str]],
    furthest: Stage,  # noqa: ARG001
) -> None:
    draft = CommandeFactory()
    for kind, nature in pieces:
        PieceFactory(commande=draft, kind=kind, nature=nature)
    refusal_of(submit_commande, commande=draft)
    assert Commande.objects.get().is_draft


# --- Sending -----------------------------------------------------------------------------------


def test_submit_keeps_statement_time_caisse_motif_and_address() -> None:
    """C1."""
    draft = whole_draft()
    regime = draft.author.caisse.regime
    row = submit_commande(commande=draft, now=NOW)
    stored = Commande.objects.get()
    for commande in (row, stored):
        assert (commande.state, commande.version, commande.submitted_at) == (CommandeState.SUBMITTED, 1, NOW)
        assert (commande.caisse, commande.motif) == (draft.author.caisse, Motif.FIRST)
        assert commande.statement_version == regime.statement_version
        assert commande.statement_text == regime.statement_text
        assert commande.adresse == draft.author.adresses.get()
        who = str(draft.beneficiaire)
        assert commande.adresse_lines == [who, "12 RUE DES LILAS", "01000 Bourg-en-Bresse"]
        assert commande.expected_at == NOW + 15 * DAY


def test_submit_keeps_what_was_ticked_whatever_changes_later() -> None:
    """C1: a snapshot."""
    draft = whole_draft()
    before = submit_commande(commande=draft, now=NOW)
    Regime.objects.update(statement_version="other", statement_text="other")
    AdresseFactory(assure=draft.author, voie="1 PLACE NEUVE", given_at=NOW)
    after = Commande.objects.get()
    names = ("statement_version", "statement_text", "adresse_lines", "adresse", "caisse", "expected_at")
    assert [getattr(after, n) for n in names] == [getattr(before, n) for n in names]


def test_submit_takes_the_caisse_of_the_day_not_of_the_draft() -> None:
    draft = whole_draft()
    draft.author.caisse = CaisseFactory(code="CFE")
    draft.author.save()
    row = submit_commande(commande=draft, now=NOW)
    assert (row.caisse.code, row.statement_version, row.expected_at) == (
        "CFE",
        "cfe-2026-11",
        NOW + 21 * DAY,
    )


def test_submit_keeps_the_address_that_serves_not_the_provisional_over() -> None:
    draft = whole_draft()
    over = {"kind": "PROVISOIRE", "given_at": NOW - 90 * DAY, "ends_at": NOW}
    AdresseFactory(assure=draft.author, voie="3 CHEMIN DU LAC", **over)
    assert submit_commande(commande=draft, now=NOW).adresse_lines[1] == "12 RUE DES LILAS"


def test_submit_writes_one_event_by_the_author_and_one_message() -> None:
    draft = whole_draft()
    submit_commande(commande=draft, now=NOW)
    event = draft.events.get()
    assert (event.number, event.from_state, event.to_state) == (1, "DRAFT", "SUBMITTED")
    assert (event.at, event.actor, event.by) == (NOW, "AUTHOR", draft.author.user)
    assert [m.notice for m in draft.author.messages.all()] == ["commande_submitted"]


def test_submit_twice_makes_one_order_and_shows_it_twice() -> None:
    """C2."""
    draft = whole_draft()
    tabs = [Commande.objects.get(), Commande.objects.get()]
    sent = [submit_commande(commande=tab, now=NOW + n * SECOND) for n, tab in enumerate(tabs)]
    assert [(row.pk, row.version, row.submitted_at) for row in sent] == [(draft.pk, 1, NOW)] * 2
    assert (draft.events.count(), draft.author.messages.count()) == (1, 1)


def test_submit_again_once_it_went_on_shows_it_as_it_stands() -> None:
    sent = CommandeFactory(state=CommandeState.ACCEPTED)
    assert submit_commande(commande=sent, now=NOW).state == CommandeState.ACCEPTED


def test_submit_of_the_second_parent_meets_e1_and_keeps_his_draft(assure: Assure) -> None:
    child = ayant_droit(assure, father := assure_ready())
    drafts = [whole_draft(author=parent, beneficiaire=child) for parent in (assure, father)]
    first = submit_commande(commande=drafts[0], now=NOW)
    answer = refusal_of(submit_commande, commande=drafts[1])
    assert (answer.obstacles[0].regle, answer.obstacles[0].subject) == (Regle.ORDER_OPEN, first)
    drafts[1].refresh_from_db()
    assert (drafts[1].state, drafts[1].pieces.count()) == (CommandeState.DRAFT, 2)


ARRIVALS = {
    "E2": lambda a: Assure.objects.filter(pk=a.pk).update(caisse=CaisseFactory(code="MSA-AR")),
    "E3": lambda a: type(a.beneficiaire).objects.filter(pk=a.beneficiaire_id).update(forbidden_since=NOW),
    "E8": lambda a: a.adresses.update(npai_since=NOW),
    "E9": lambda a: a.adresses.update(withdrawn_at=NOW),
    "E10": lambda a: CarteFactory(beneficiaire=a.beneficiaire),
    "E12": lambda a: AdresseFactory(assure=a, waiting=True),
}


@pytest.mark.parametrize("code", ARRIVALS)
def test_submit_asks_again_what_the_page_already_asked(code: str) -> None:
    """C5: what arrives between the page and the sending refuses, and the draft is kept with its pieces."""
    draft = whole_draft()
    page = Commande.objects.select_related("author__caisse__regime", "beneficiaire").get()
    ARRIVALS[code](draft.author)
    answer = refusal_of(submit_commande, commande=page)
    draft.refresh_from_db()
    assert (rules(answer), draft.state, draft.pieces.count()) == ([code], CommandeState.DRAFT, 2)
    assert (draft.submitted_at, draft.events.count(), draft.author.messages.count()) == (None, 0, 0)


@pytest.mark.parametrize(("seconds", "verdict"), [(-1, Verdict.MAY_DRAFT), (0, Verdict.OPEN)])
def test_submit_opens_on_the_second_the_address_is_usable(seconds: int, verdict: Verdict) -> None:
    draft = whole_draft()
    AdresseFactory(assure=draft.author, waiting=True, voie="1 PLACE NEUVE")
    now = NOW + 47 * HOUR + seconds * SECOND
    try:
        found = Verdict.OPEN if submit_commande(commande=draft, now=now) else None
    except OrderRefused as refusal:
        found = refusal.answer.verdict
    assert found == verdict
