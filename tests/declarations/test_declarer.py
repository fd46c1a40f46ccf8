"""Declaring a card: one transaction, declared once (F1, F2, F10)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Agent, Assure, Beneficiaire, Message, Regime
from carte.enums import CarteState, CommandeState
from carte.models import Carte
from declarations import declarer
from declarations.declarer import NotDeclarable, WrongDate
from declarations.enums import DeclarationChannel, DeclarationKind
from declarations.models import Attestation, Declaration, PliPapier
from tests.declarations.situations import NOTHING, ONCE, TODAY, carte_of, declared, rows
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    CaisseFactory,
    CommandeFactory,
    assure_ready,
    ayant_droit,
)
from vitale_portal.transitions import moved

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_declare_records_all_it_does_at_once(assure: Assure) -> None:
    """F2."""
    carte = carte_of(assure)
    said = {"kind": DeclarationKind.VOL, "circumstances": "au marché", "police_reference": "2026/77"}
    made = declared(carte, assure, facts_on=TODAY - DAY, **said)
    kept = Declaration.objects.get()
    assert (kept, kept.carte, kept.author, kept.caisse) == (made, carte, assure, assure.caisse)
    assert {name: getattr(kept, name) for name in said} == said
    assert (kept.facts_on, kept.channel, kept.entered_by) == (TODAY - DAY, "ONLINE", None)
    assert kept.declared_at == NOW
    assert rows() == ONCE


def test_declare_opposes_the_card_for_good_by_its_author(assure: Assure) -> None:
    carte = carte_of(assure)
    declared(carte, assure)
    carte.refresh_from_db()
    assert (carte.state, carte.opposed_at, carte.version) == (CarteState.OPPOSED, NOW, 1)
    event = carte.events.get()
    assert (event.from_state, event.to_state, event.at) == ("IN_USE", "OPPOSED", NOW)
    assert (event.actor, event.by, event.reason) == ("AUTHOR", assure.user, "Vol")


def test_declare_plans_the_form_and_keeps_its_instants_on_the_card(assure: Assure) -> None:
    """F5: 96 and 120 hours later."""
    carte = carte_of(assure)
    made = declared(carte, assure)
    carte.refresh_from_db()
    assert (carte.form_due_at, carte.online_again_at) == (NOW + 96 * HOUR, NOW + 120 * HOUR)
    pli = PliPapier.objects.get()
    assert (pli.declaration, pli.assure, pli.beneficiaire) == (made, assure, assure.beneficiaire)
    assert (pli.state, pli.cause) == ("PLANNED", "DECLARATION")
    assert (pli.planned_at, pli.due_at) == (NOW, NOW + 96 * HOUR)


def test_declare_owes_an_attestation_not_rendered_yet(assure: Assure) -> None:
    made = declared(carte_of(assure), assure)
    owed = Attestation.objects.get()
    assert (owed.declaration, owed.assure, owed.beneficiaire) == (made, assure, assure.beneficiaire)
    assert (owed.kind, owed.requested_at, owed.pdf, owed.sha256) == ("DECLARATION", NOW, None, "")


def test_declare_is_undone_when_a_listener_fails(assure: Assure) -> None:
    carte = carte_of(assure)

    def fail(**_signal: Any) -> None:
        raise RuntimeError

    moved.connect(fail, sender=Carte)
    try:
        with pytest.raises(RuntimeError):
            declared(carte, assure)
    finally:
        moved.disconnect(fail, sender=Carte)
    carte.refresh_from_db()
    assert (rows(), carte.state, carte.version, carte.form_due_at) == (NOTHING, CarteState.IN_USE, 0, None)


def test_declare_is_undone_when_the_last_holder_cannot_be_told(
    assure: Assure, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = ayant_droit(assure, assure_ready())
    carte = carte_of(assure, beneficiaire=child)
    real = declarer.notify

    def fails_at_the_end(owed: Any, *, at: datetime) -> None:
        real(owed, at=at)
        raise RuntimeError

    monkeypatch.setattr(declarer, "notify", fails_at_the_end)
    with pytest.raises(RuntimeError):
        declared(carte, assure)
    carte.refresh_from_db()
    assert (rows(), carte.state) == (NOTHING, CarteState.IN_USE)


# --- The form: planned, or not (F2) ------------------------------------------------------------


def flag(name: str, who: str = "beneficiaire") -> Callable[[Assure, Beneficiaire], None]:
    def put(assure: Assure, child: Beneficiaire) -> None:
        row = assure.beneficiaire if who == "assure" else child
        Beneficiaire.objects.filter(pk=row.pk).update(**{name: NOW})

    return put


def opened(state: CommandeState) -> Callable[[Assure, Beneficiaire], None]:
    def make(assure: Assure, child: Beneficiaire) -> None:
        CommandeFactory(author=assure, beneficiaire=child, state=state, carte=False)

    return make


def drafted(assure: Assure, child: Beneficiaire) -> None:
    CommandeFactory(author=assure, beneficiaire=child)


def no_online_order(assure: Assure, _child: Beneficiaire) -> None:
    Regime.objects.filter(caisses=assure.caisse).update(online_order="NO")


def without_address(assure: Assure, _child: Beneficiaire) -> None:
    assure.adresses.all().delete()


def returned_mail(assure: Assure, _child: Beneficiaire) -> None:
    assure.adresses.update(npai_since=NOW)


PLANNED: dict[str, tuple[Callable[[Assure, Beneficiaire], None], int]] = {
    "F2 nothing holds": (lambda *_: None, 1),
    "F2 a draft is no order": (drafted, 1),
    "F2 an order delivered": (opened(CommandeState.DELIVERED), 1),
    "F2 an order refused": (opened(CommandeState.REJECTED), 1),
    "F2 E1 an order in review": (opened(CommandeState.IN_REVIEW), 0),
    "F2 E1 a card shipped": (opened(CommandeState.SHIPPED), 0),
    "F2 E1 a card come back": (opened(CommandeState.RETURNED), 0),
    "F2 E2": (no_online_order, 0),
    "F2 E3 the beneficiary": (flag("forbidden_since"), 0),
    "F2 E3 the assuré": (flag("forbidden_since", "assure"), 0),
    "F2 E4": (flag("mutation_since"), 0),
    "F2 E5": (flag("rights_ended_since"), 0),
    "F6 E8 the form will wait for an address": (returned_mail, 1),
    "F6 E9 likewise": (without_address, 1),
}


@pytest.mark.parametrize(("arrange", "forms"), PLANNED.values(), ids=PLANNED)
def test_form_is_planned_unless_a_rule_holds(
    assure: Assure, arrange: Callable[[Assure, Beneficiaire], None], forms: int
) -> None:
    child = ayant_droit(assure)
    carte = carte_of(assure, beneficiaire=child)
    arrange(assure, child)
    declared(carte, Assure.objects.get())
    carte.refresh_from_db()
    due = NOW + 96 * HOUR if forms else None
    again = NOW + 120 * HOUR if forms else None
    assert (PliPapier.objects.count(), carte.form_due_at, carte.online_again_at) == (forms, due, again)
    assert (carte.state, Attestation.objects.count()) == (CarteState.OPPOSED, 1)


@pytest.mark.parametrize(("acceleration", "seconds"), [(1, 345_600), (96, 3600), (345_600, 1)])
def test_window_is_divided_by_the_acceleration(
    assure: Assure, settings: Settings, acceleration: float, seconds: int
) -> None:
    settings.VITALE_ACCELERATION = acceleration
    carte = carte_of(assure)
    declared(carte, assure)
    carte.refresh_from_db()
    due = NOW + timedelta(seconds=seconds)
    assert (carte.form_due_at, carte.online_again_at) == (due, due + timedelta(seconds=seconds) / 4)


@pytest.mark.parametrize("code", ["011", "CFE", "CNMSS"])
def test_window_is_that_of_the_profile_and_moves_no_more(code: str) -> None:
    """Section 2: a changed profile moves no due time already set."""
    assure = assure_ready(caisse=CaisseFactory(code=code))
    Regime.objects.filter(caisses=assure.caisse).update(window_days=7, blocked_days=2)
    carte = carte_of(assure)
    declared(carte, Assure.objects.get())
    Regime.objects.update(window_days=30, blocked_days=30)
    carte.refresh_from_db()
    assert (carte.form_due_at, carte.online_again_at) == (NOW + 7 * DAY, NOW + 9 * DAY)
    assert PliPapier.objects.get().due_at == NOW + 7 * DAY


def test_profile_without_a_window_plans_no_form(assure: Assure) -> None:
    Regime.objects.update(window_days=None, blocked_days=None)
    carte = carte_of(assure)
    declared(carte, Assure.objects.get())
    carte.refresh_from_db()
    assert (PliPapier.objects.count(), carte.form_due_at, carte.online_again_at) == (0, None, None)


# --- Once (F2) ---------------------------------------------------------------------------------


def test_declared_twice_is_declared_once(assure: Assure) -> None:
    carte = carte_of(assure)
    tabs = [Carte.objects.get(), Carte.objects.get()]
    made = [
        declared(tab, assure, kind=kind, now=NOW + n * SECOND)
        for n, (tab, kind) in enumerate(zip(tabs, DeclarationKind, strict=False))
    ]
    carte.refresh_from_db()
    assert {(d.pk, d.kind, d.declared_at) for d in made} == {(made[0].pk, "PERTE", NOW)}
    assert (rows(), carte.opposed_at, carte.version) == (ONCE, NOW, 1)


def test_declared_by_both_parents_is_the_first_one_s(assure: Assure) -> None:
    child = ayant_droit(assure, other := assure_ready())
    carte = carte_of(assure, beneficiaire=child)
    made = [declared(carte, parent) for parent in (assure, other)]
    assert (made[1], made[1].author, Declaration.objects.count()) == (made[0], assure, 1)
    assert (PliPapier.objects.count(), Message.objects.count()) == (1, 2)


def test_declared_again_after_its_replacement_came_is_still_the_first(assure: Assure) -> None:
    carte = carte_of(assure)
    first = declared(carte, assure)
    new = carte_of(assure)
    assert declared(carte, assure, now=NOW + 30 * DAY) == first
    second = declared(new, assure, now=NOW + 30 * DAY, facts_on=TODAY + 29 * DAY)
    assert (second != first, Declaration.objects.count(), Attestation.objects.count()) == (True, 2, 2)


# --- What may be declared ----------------------------------------------------------------------

DEAD = [state for state in CarteState if state != CarteState.IN_USE]


@pytest.mark.parametrize("channel", DeclarationChannel)
@pytest.mark.parametrize("state", DEAD)
def test_card_not_in_use_is_not_declarable(
    assure: Assure, agent: Agent, state: CarteState, channel: DeclarationChannel
) -> None:
    user = assure.user if channel == DeclarationChannel.ONLINE else agent.user
    carte = carte_of(assure, state=state)
    with pytest.raises(NotDeclarable):
        declared(carte, assure, channel=channel, user=user)
    carte.refresh_from_db()
    assert (rows(), carte.state) == (NOTHING, state)


REGIMES = {"011": 1, "CFE": 1, "CNMSS": 1, "MSA-AR": 0}


@pytest.mark.parametrize(("code", "made"), REGIMES.items(), ids=[f"E2 {code}" for code in REGIMES])
def test_regime_says_whether_one_declares_online(code: str, made: int) -> None:
    assure = assure_ready(caisse=CaisseFactory(code=code))
    carte = carte_of(assure)
    try:
        declared(carte, assure)
    except NotDeclarable:
        assert made == 0
    assert Declaration.objects.count() == made


MADE_ON = date(2020, 5, 4)
MIDNIGHT = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)  # 2 November starts in Paris
SUMMER = datetime(2026, 7, 13, 22, 0, tzinfo=UTC)  # 14 July starts in Paris
DATES: dict[str, tuple[date, datetime, bool]] = {
    "F1 today": (TODAY, NOW, True),
    "F1 tomorrow": (TODAY + DAY, NOW, False),
    "F1 the day the card was made": (MADE_ON, NOW, True),
    "F1 the day before the card": (MADE_ON - DAY, NOW, False),
    "F1 today, midnight in Paris": (TODAY, MIDNIGHT, True),
    "F1 today, the second before it starts in Paris": (TODAY, MIDNIGHT - SECOND, False),
    "F1 today, midnight in Paris, summer": (date(2026, 7, 14), SUMMER, True),
    "F1 today, the second before, summer": (date(2026, 7, 14), SUMMER - SECOND, False),
}


@pytest.mark.parametrize(("facts_on", "now", "right"), DATES.values(), ids=DATES)
def test_facts_are_neither_to_come_nor_before_the_card(
    assure: Assure, facts_on: date, now: datetime, *, right: bool
) -> None:
    carte = carte_of(assure, made_on=MADE_ON)
    try:
        declared(carte, assure, facts_on=facts_on, now=now)
    except WrongDate:
        assert not right
    assert rows() == (ONCE if right else NOTHING)
