"""The form nobody asked for: at 16, and to newcomers, once (F7)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.enums import Lien
from accounts.models import Assure, Beneficiaire, Message, Rattachement
from carte.commandes import submit_commande
from carte.enums import CarteState, CommandeState
from declarations import plis
from declarations.models import PliPapier
from declarations.plis import plan_unasked, send_due
from tests.factories import (
    DAY,
    NOW,
    AssureFactory,
    BeneficiaireFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    PliFactory,
    RattachementFactory,
    assure_ready,
    ayant_droit,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root", "paper")]
SECOND = timedelta(seconds=1)
SIXTEEN_TODAY = date(2010, 11, 2)  # at NOW


def planned() -> list[tuple[Beneficiaire, Assure, str]]:
    """To whom forms are planned, addressed to whom, why."""
    rows = PliPapier.objects.select_related("beneficiaire", "assure")
    return [(pli.beneficiaire, pli.assure, pli.cause) for pli in rows]


@pytest.fixture
def parent(db: None) -> Assure:  # noqa: ARG001
    """An assuré who has his card."""
    assure = assure_ready()
    CarteFactory(beneficiaire=assure.beneficiaire)
    return assure


# --- At 16 -------------------------------------------------------------------------------------

BIRTHDAYS: dict[str, tuple[date, datetime]] = {
    "winter": (date(2010, 11, 2), datetime(2026, 11, 1, 23, 0, tzinfo=UTC)),
    "summer": (date(2010, 7, 14), datetime(2026, 7, 13, 22, 0, tzinfo=UTC)),
    "the day of the spring change": (date(2010, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),
    "the day of the autumn change": (date(2010, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)),
    "1 January": (date(2011, 1, 1), datetime(2026, 12, 31, 23, 0, tzinfo=UTC)),
    "29 February": (date(2012, 2, 29), datetime(2028, 2, 28, 23, 0, tzinfo=UTC)),
    "28 February, a leap year": (date(2012, 2, 28), datetime(2028, 2, 27, 23, 0, tzinfo=UTC)),
    "1 March, a leap year": (date(2012, 3, 1), datetime(2028, 2, 29, 23, 0, tzinfo=UTC)),
}


@pytest.mark.parametrize(("born", "midnight"), BIRTHDAYS.values(), ids=BIRTHDAYS)
def test_form_is_planned_at_sixteen_to_the_second(parent: Assure, born: date, midnight: datetime) -> None:
    """F7, section 5: ages count from midnight in Paris."""
    child = ayant_droit(parent, date_naissance=born)
    assert (plan_unasked(midnight - SECOND), plan_unasked(midnight)) == (0, 1)
    pli = PliPapier.objects.get()
    assert planned() == [(child, parent, "SIXTEEN")]
    assert (pli.planned_at, pli.due_at, pli.declaration, pli.state) == (midnight, midnight, None, "PLANNED")


def test_birthday_missed_by_a_sweep_that_was_down_is_caught_up(parent: Assure) -> None:
    child = ayant_droit(parent, date_naissance=SIXTEEN_TODAY)
    assert plan_unasked(NOW + 3 * DAY) == 1
    assert planned() == [(child, parent, "SIXTEEN")]


def test_form_leaves_by_the_next_sweep_and_is_told(parent: Assure) -> None:
    ayant_droit(parent, date_naissance=SIXTEEN_TODAY)
    assert (plan_unasked(NOW), send_due(NOW)) == (1, 1)
    assert [(m.assure, m.notice) for m in Message.objects.all()] == [(parent, "pli_sent")]


def test_form_of_a_child_of_two_goes_out_once(parent: Assure) -> None:
    child = ayant_droit(parent, assure_ready(), date_naissance=SIXTEEN_TODAY)
    CarteFactory(beneficiaire=Assure.objects.exclude(pk=parent.pk).get().beneficiaire)
    assert (plan_unasked(NOW), plan_unasked(NOW)) == (1, 0)
    assert planned() == [(child, parent, "SIXTEEN")]


def test_form_goes_to_the_person_himself_where_he_is_an_assure(parent: Assure) -> None:
    student = BeneficiaireFactory(date_naissance=SIXTEEN_TODAY)
    RattachementFactory(assure=parent, beneficiaire=student)
    own = assure_ready(beneficiaire=student)
    assert (plan_unasked(NOW), planned()) == (1, [(student, own, "SIXTEEN")])


# --- Newcomers ---------------------------------------------------------------------------------


def test_newcomer_gets_the_form(assure: Assure) -> None:
    assert (plan_unasked(NOW), planned()) == (1, [(assure.beneficiaire, assure, "NEWCOMER")])


def flagged(name: str, who: str) -> Callable[[Assure, Beneficiaire], None]:
    def put(assure: Assure, child: Beneficiaire) -> None:
        row = assure.beneficiaire if who == "holder" else child
        Beneficiaire.objects.filter(pk=row.pk).update(**{name: NOW})

    return put


def flag_to_come(_assure: Assure, child: Beneficiaire) -> None:
    Beneficiaire.objects.filter(pk=child.pk).update(forbidden_since=NOW + SECOND)


def card(state: CarteState) -> Callable[[Assure, Beneficiaire], None]:
    return lambda _assure, child: CarteFactory(beneficiaire=child, state=state)


def order(state: CommandeState) -> Callable[[Assure, Beneficiaire], None]:
    return lambda assure, child: CommandeFactory(author=assure, beneficiaire=child, state=state, carte=False)


def nir_of(first_digit: str) -> Callable[[Assure, Beneficiaire], None]:
    def put(_assure: Assure, child: Beneficiaire) -> None:
        Beneficiaire.objects.filter(pk=child.pk).update(nir=first_digit + child.nir[1:])

    return put


def born(day: date) -> Callable[[Assure, Beneficiaire], None]:
    return lambda _assure, child: Beneficiaire.objects.filter(pk=child.pk).update(date_naissance=day)


def had_one(assure: Assure, child: Beneficiaire) -> None:
    PliFactory(unasked=True, assure=assure, beneficiaire=child, state="CLOSED")


FLAGS = {"E3": "forbidden_since", "E4": "mutation_since", "E5": "rights_ended_since"}
WHO: dict[str, tuple[Callable[[Assure, Beneficiaire], Any], int]] = {
    "F7 nothing holds": (lambda *_: None, 1),
    "F7 15 years": (born(date(2010, 11, 3)), 0),
    "F7 no age is too high": (born(date(1920, 11, 2)), 1),
    **{f"F7 NIR in {digit}": (nir_of(digit), int(digit in "12")) for digit in "123478"},
    **{f"F7 {code} the beneficiary": (flagged(name, "beneficiary"), 0) for code, name in FLAGS.items()},
    **{f"F7 {code} the holder": (flagged(name, "holder"), 0) for code, name in FLAGS.items()},
    "F7 E3 from the next second": (flag_to_come, 1),
    **{f"F7 a card {state}": (card(state), 0) for state in CarteState},
    **{f"F7 an order {state}": (order(state), int(state == CommandeState.DRAFT)) for state in CommandeState},
    "F7 once": (had_one, 0),
}


@pytest.mark.parametrize(("arrange", "forms"), WHO.values(), ids=WHO)
def test_form_goes_to_who_has_neither_card_nor_order(
    parent: Assure, arrange: Callable[[Assure, Beneficiaire], Any], forms: int
) -> None:
    child = ayant_droit(parent, date_naissance=date(2000, 1, 1))
    arrange(parent, child)
    assert (plan_unasked(NOW), plan_unasked(NOW + SECOND)) == (forms, 0)


@pytest.mark.parametrize(("code", "forms"), [("011", 1), ("301", 1), ("CFE", 0), ("CNMSS", 0), ("MSA-AR", 0)])
def test_profile_says_whether_forms_go_unasked(code: str, forms: int) -> None:
    assure_ready(caisse=CaisseFactory(code=code))
    assert plan_unasked(NOW) == forms


def test_child_of_two_regimes_is_told_by_the_one_that_does_so() -> None:
    other = assure_ready(caisse=CaisseFactory(code="CNMSS"))
    general = assure_ready()
    for holder in (other, general):
        CarteFactory(beneficiaire=holder.beneficiaire)
    child = ayant_droit(other, general, date_naissance=SIXTEEN_TODAY)
    assert (plan_unasked(NOW), planned()) == (1, [(child, general, "SIXTEEN")])


def test_who_is_attached_to_nobody_gets_nothing() -> None:
    BeneficiaireFactory()
    assert plan_unasked(NOW) == 0


def test_nir_made_definitive_later_brings_the_form_then(parent: Assure) -> None:
    child = ayant_droit(parent, date_naissance=date(2000, 1, 1), nir="7000101001001")
    assert plan_unasked(NOW) == 0
    Beneficiaire.objects.filter(pk=child.pk).update(nir="1000101001001")
    assert (plan_unasked(NOW + DAY), planned()) == (1, [(child, parent, "NEWCOMER")])


def test_form_once_is_once_for_life(parent: Assure) -> None:
    """At 16 after an unasked form, nothing more."""
    child = ayant_droit(parent, date_naissance=date(2000, 1, 1))
    plan_unasked(NOW)
    PliPapier.objects.update(state="CLOSED")
    assert (plan_unasked(NOW + 400 * DAY), [pli[0] for pli in planned()]) == (0, [child])


def test_those_refused_keep_nobody_waiting(parent: Assure, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait behind a flag of their holder, the others get theirs."""
    monkeypatch.setattr(plis, "BATCH", 2)
    misused = AssureFactory(beneficiaire__forbidden_since=NOW)
    for _ in range(3):
        ayant_droit(misused, date_naissance=date(2000, 1, 1))
    others = {ayant_droit(parent, date_naissance=date(2001, 1, 1)) for _ in range(3)}
    assert [plan_unasked(NOW), plan_unasked(NOW), plan_unasked(NOW)] == [2, 1, 0]
    assert {pli[0] for pli in planned()} == others


def test_order_sent_before_it_leaves_cancels_it(assure: Assure) -> None:
    plan_unasked(NOW)
    submit_commande(commande=whole_draft(author=assure), now=NOW)
    assert (send_due(NOW), PliPapier.objects.get().state) == (0, "CANCELLED")
    assert plan_unasked(NOW + DAY) == 0


def test_newcomer_attached_to_himself_alone_is_addressed_by_his_own_name(assure: Assure) -> None:
    assert Rattachement.objects.get().lien == Lien.SOI
    plan_unasked(NOW)
    send_due(NOW)
    assert PliPapier.objects.get().adresse_lines[0] == str(assure.beneficiaire)
