"""Who may order (section 5): E1 to E12, their order, boundaries to the second, verdicts, motifs."""

from datetime import UTC, date, datetime
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carte.eligibilite import Obstacle, examine
from carte.enums import OPEN, CarteState, CommandeState, Motif, NextStep, Regle, Verdict
from tests.carte.situations import (
    ADDRESS_RULES,
    CAUSES,
    ENDED,
    IN_USE,
    PROVISIONAL,
    SECOND,
    SERVES,
    WAITS,
    WINDOW,
    Situation,
    may_meet,
    rules_of,
    situation_of,
)
from tests.factories import DAY, HOUR, NOW

DRAFT_UNDER = {"E11", "E12"}
PAIRS = [pair for pair in combinations(Regle, 2) if may_meet(pair)]
SETS = st.sets(st.sampled_from(Regle)).filter(may_meet)


def test_rules_are_the_twelve_of_section_5_in_order() -> None:
    assert [rule.value for rule in Regle] == [f"E{number}" for number in range(1, 13)]
    assert list(CAUSES) == list(Regle)


def test_examine_is_open_when_nothing_holds() -> None:
    answer = examine(Situation().facts(), NOW)
    assert (answer.verdict, answer.obstacles, answer.until) == (Verdict.OPEN, (), None)
    assert (answer.may_draft, answer.may_deposit, answer.may_send) == (True, True, True)


@pytest.mark.parametrize("rule", Regle)
def test_examine_finds_one_rule_alone(rule: Regle) -> None:
    answer = examine(situation_of([rule]).facts(), NOW)
    expected = Verdict.MAY_DRAFT if rule.value in DRAFT_UNDER else Verdict.REFUSED
    assert ([o.regle for o in answer.obstacles], answer.verdict) == ([rule], expected)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_headline_is_the_first_of_two(pair: tuple[Regle, Regle]) -> None:
    found = {tuple(rules_of(situation_of(order).facts())) for order in permutations(pair)}
    assert found == {pair}


@pytest.mark.parametrize(
    "left_out", combinations(sorted(ADDRESS_RULES), 2), ids="without {0[0]}-{0[1]}".format
)
def test_all_that_hold_are_listed(left_out: tuple[Regle, Regle]) -> None:
    rules = [rule for rule in Regle if rule not in left_out]
    assert rules_of(situation_of(rules).facts()) == rules


@given(rules=SETS)
def test_verdict_is_that_of_the_rules_that_hold(rules: set[Regle]) -> None:
    answer = examine(situation_of(rules).facts(), NOW)
    codes = {rule.value for rule in rules}
    verdict = Verdict.OPEN if not codes else Verdict.MAY_DRAFT if codes <= DRAFT_UNDER else Verdict.REFUSED
    assert ([o.regle for o in answer.obstacles], answer.verdict) == (
        [rule for rule in Regle if rule in rules],
        verdict,
    )
    assert (answer.may_draft, answer.may_deposit, answer.may_send) == (
        codes <= DRAFT_UNDER,
        codes <= {"E11"},
        not codes,
    )


# --- Boundaries: from ≤ now < until ------------------------------------------------------------


def birthday(year: int, month: int, day: int, age: int = 12) -> dict[str, Any]:
    return {"child": {"date_naissance": date(year, month, day)}, "youngest_age": age}


DUE = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)  # the night of the change of hour is in the window
FORM = {"cartes": [WINDOW | {"form_due_at": DUE, "online_again_at": DUE + DAY}]}
GIVEN = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # likewise
WAIT = {"adresses": [SERVES, {"given_at": GIVEN, "usable_at": GIVEN + 48 * HOUR}]}
E6, E11, E12 = Regle.TOO_YOUNG, Regle.PAPER_FORM_LEAVING, Regle.ADDRESS_WAIT
BOUNDARIES: dict[str, tuple[dict[str, Any], Regle, datetime, bool]] = {
    "E11 a second before it is due": (FORM, E11, DUE - SECOND, False),
    "E11 due": (FORM, E11, DUE, True),
    "E11 a second before it reopens": (FORM, E11, DUE + DAY - SECOND, True),
    "E11 reopens": (FORM, E11, DUE + DAY, False),
    "E12 as it is given": (WAIT, E12, GIVEN, True),
    "E12 a second before it is usable": (WAIT, E12, GIVEN + 48 * HOUR - SECOND, True),
    "E12 usable": (WAIT, E12, GIVEN + 48 * HOUR, False),
    "E6 the second before the birthday, winter": (
        birthday(2014, 11, 22),
        E6,
        datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC),
        True,
    ),
    "E6 midnight in Paris, winter": (
        birthday(2014, 11, 22),
        E6,
        datetime(2026, 11, 21, 23, 0, tzinfo=UTC),
        False,
    ),
    "E6 the second before the birthday, summer": (
        birthday(2014, 7, 14),
        E6,
        datetime(2026, 7, 13, 21, 59, 59, tzinfo=UTC),
        True,
    ),
    "E6 midnight in Paris, summer": (
        birthday(2014, 7, 14),
        E6,
        datetime(2026, 7, 13, 22, 0, tzinfo=UTC),
        False,
    ),
    "E6 29 February, leap year": (
        birthday(2012, 2, 29),
        E6,
        datetime(2024, 2, 28, 23, 0, tzinfo=UTC),
        False,
    ),
    "E6 29 February, 28 of another year": (
        birthday(2016, 2, 29, 13),
        E6,
        datetime(2029, 2, 28, 22, 59, 59, tzinfo=UTC),
        True,
    ),
    "E6 29 February, 1 March": (
        birthday(2016, 2, 29, 13),
        E6,
        datetime(2029, 2, 28, 23, 0, tzinfo=UTC),
        False,
    ),
}


@pytest.mark.parametrize(("said", "rule", "now", "holds"), BOUNDARIES.values(), ids=BOUNDARIES)
def test_boundary_is_half_open(said: dict[str, Any], rule: Regle, now: datetime, *, holds: bool) -> None:
    assert examine(Situation(**said).facts(), now).has(rule) is holds


FLAGS = {"E3": "forbidden_since", "E4": "mutation_since", "E5": "rights_ended_since"}
WHOSE: dict[str, tuple[datetime | None, datetime | None, datetime | None]] = {
    "neither": (None, None, None),
    "the beneficiary since this second": (NOW, None, NOW),
    "the assuré since this second": (None, NOW, NOW),
    "the beneficiary from the next second": (NOW + SECOND, None, None),
    "the assuré from the next second": (None, NOW + SECOND, None),
    "both, the beneficiary first": (NOW - DAY, NOW, NOW - DAY),
    "both, the assuré first": (NOW, NOW - DAY, NOW - DAY),
    "one past, one to come": (NOW + DAY, NOW - HOUR, NOW - HOUR),
}


@pytest.mark.parametrize(("child", "parent", "since"), WHOSE.values(), ids=WHOSE)
@pytest.mark.parametrize("rule", FLAGS)
def test_flag_of_either_holds_from_its_date(
    rule: str, child: datetime | None, parent: datetime | None, since: datetime | None
) -> None:
    name = FLAGS[rule]
    answer = examine(Situation(child={name: child}, parent={name: parent}).facts(), NOW)
    assert answer.obstacles == ((Obstacle(Regle(rule), since=since),) if since else ())


OVER = PROVISIONAL | {"ends_at": NOW}
RETURNED = {"npai_since": NOW - DAY}
ADDRESSES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "one serves": ([SERVES], []),
    "none": ([], ["E9"]),
    "the only one withdrawn": ([{"withdrawn_at": NOW}], ["E9"]),
    "the only one withdrawn from the next second": ([{"withdrawn_at": NOW + SECOND}], []),
    "the first waits": ([WAITS], ["E12"]),
    "provisional over this second": ([OVER], ["E9"]),
    "provisional over the next second": ([PROVISIONAL | {"ends_at": NOW + SECOND}], []),
    "mail came back": ([RETURNED], ["E8"]),
    "mail comes back the next second": ([{"npai_since": NOW + SECOND}], []),
    "mail came back, a newer waits": ([RETURNED, WAITS], ["E12"]),
    "mail came back from the former": ([RETURNED, SERVES | {"given_at": NOW - DAY}], []),
    "mail came back from the définitive that holds again": ([RETURNED, OVER], ["E8"]),
    "a waiting one was withdrawn": ([SERVES, WAITS | {"withdrawn_at": NOW}], []),
}


@pytest.mark.parametrize(("adresses", "rules"), ADDRESSES.values(), ids=ADDRESSES)
def test_address_rules_follow_what_serves_and_waits(adresses: list[dict[str, Any]], rules: list[str]) -> None:
    assert rules_of(Situation(adresses=adresses).facts()) == [Regle(code) for code in rules]


@pytest.mark.parametrize("caisse", ["011", "CFE", "CNMSS"])
def test_regime_that_takes_orders_is_no_obstacle(caisse: str) -> None:
    assert rules_of(Situation(caisse=caisse).facts()) == []


def test_regime_that_gives_no_card_refuses() -> None:
    facts = Situation().facts()
    facts.assure.caisse.regime.online_order = "NO_CARD"
    assert rules_of(facts) == [Regle.REGIME]


@pytest.mark.parametrize(("first_digit", "rules"), [(d, []) for d in "12"] + [(d, ["E7"]) for d in "3478"])
def test_provisional_nir_may_not_order(first_digit: str, rules: list[str]) -> None:
    facts = Situation(child={"nir": f"{first_digit}850101001001"}).facts()
    assert rules_of(facts) == [Regle(code) for code in rules]


def test_provisional_nir_of_the_parent_is_no_obstacle() -> None:
    assert rules_of(Situation(parent={"nir": "7850101001001"}).facts()) == []


# --- Since, until, what to do ------------------------------------------------------------------

NEXT = {
    "E1": NextStep.TRACK,
    **dict.fromkeys(["E2", "E3", "E4", "E5"], NextStep.CONTACT),
    "E6": NextStep.FORM_S3705,
    "E7": NextStep.COME_BACK,
    **dict.fromkeys(["E8", "E9"], NextStep.GIVE_ADDRESS),
    "E10": NextStep.DECLARE,
    **dict.fromkeys(["E11", "E12"], NextStep.WAIT),
}


@pytest.mark.parametrize("rule", Regle)
def test_obstacle_says_what_to_do(rule: Regle) -> None:
    obstacle = examine(situation_of([rule]).facts(), NOW).obstacles[0]
    assert (obstacle.next_step, obstacle.template) == (NEXT[rule.value], f"carte/obstacles/{rule.value}.html")


SPANS = {
    "E1": (NOW - DAY + HOUR, None),
    "E6": (None, datetime(2032, 2, 29, 23, 0, tzinfo=UTC)),
    "E8": (NOW - DAY, None),
    "E9": (None, None),
    "E10": (datetime(2020, 5, 12, 10, 0, tzinfo=UTC), None),
    "E11": (NOW - HOUR, NOW + 23 * HOUR),
    "E12": (NOW - HOUR, NOW + 47 * HOUR),
}


@pytest.mark.parametrize("code", SPANS)
def test_obstacle_says_since_and_until(code: str) -> None:
    obstacle = examine(situation_of([Regle(code)]).facts(), NOW).obstacles[0]
    assert (obstacle.since, obstacle.until) == SPANS[code]


UNTIL: dict[str, tuple[list[str], datetime | None]] = {
    "the later of two": (["E11", "E12"], NOW + 47 * HOUR),
    "the latest of three": (["E6", "E11", "E12"], datetime(2032, 2, 29, 23, 0, tzinfo=UTC)),
    "one has no known end": (["E4", "E11", "E12"], None),
    "none has": (["E2"], None),
}


@pytest.mark.parametrize(("codes", "until"), UNTIL.values(), ids=UNTIL)
def test_until_is_the_latest_or_unknown(codes: list[str], until: datetime | None) -> None:
    assert examine(situation_of(map(Regle, codes)).facts(), NOW).until == until


RENAMED = {"face_changed": True}
MOTIFS: dict[str, tuple[list[dict[str, Any]], Motif | None]] = {
    "no card ever": ([], Motif.FIRST),
    "opposed": ([{"opposed": True}], Motif.REPLACEMENT),
    "ended": ([ENDED], Motif.REPLACEMENT),
    "handed back": ([{"state": CarteState.HANDED_BACK}], Motif.REPLACEMENT),
    "in use": ([IN_USE], None),
    "in use after another": ([ENDED, IN_USE], None),
    "in use, other name": ([RENAMED], Motif.NEW_FACE),
    "in use, other first names": ([{"prenoms": "Lou Anne"}], Motif.NEW_FACE),
    "in use, other NIR": ([{"nir": "7850101001001"}], Motif.NEW_FACE),
    "in use, other name, after another": ([{"opposed": True}, RENAMED], Motif.NEW_FACE),
}


@pytest.mark.parametrize(("cartes", "motif"), MOTIFS.values(), ids=MOTIFS)
def test_motif_is_derived_from_the_cards(cartes: list[dict[str, Any]], motif: Motif | None) -> None:
    answer = examine(Situation(cartes=cartes).facts(), NOW)
    assert (answer.motif, answer.has(Regle.DECLARATION_NEEDED)) == (motif, motif is None)


@pytest.mark.parametrize("state", OPEN)
def test_open_order_of_any_state_is_an_obstacle_that_shows_it(state: CommandeState) -> None:
    facts = Situation(open_state=state).facts()
    assert [o.subject for o in examine(facts, NOW).obstacles] == [facts.open_commande]
