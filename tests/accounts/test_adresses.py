"""Addresses: what serves and what waits (B2, B3), mail that came back (B4), what giving one does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.adresses import Given, Outcome, earliest_end, give_adresse, situation, tell_usable
from accounts.enums import AdresseKind
from accounts.models import Adresse, Assure, OutboxMail
from accounts.models.adresse import CONTENT
from tests.factories import DAY, HOUR, NOW, AdresseFactory, AssureFactory, CaisseFactory

SECOND = timedelta(seconds=1)
WAIT = 48 * HOUR
A, B, C = (
    dict.fromkeys(CONTENT, "")
    | {"voie": f"{n} RUE DES LILAS", "code_postal": "01000", "commune": "Bourg-en-Bresse"}
    for n in (12, 14, 16)
)


def built(name: str, **fields: Any) -> Adresse:
    return AdresseFactory.build(assure=None, complement=name, **fields)


def provisional(name: str, given_at: datetime, ends_at: datetime) -> Adresse:
    return built(name, kind=AdresseKind.PROVISOIRE, given_at=given_at, ends_at=ends_at)


OLD = built("A")
SITUATIONS: dict[str, tuple[list[Adresse], tuple[str | None, str | None, str | None]]] = {
    "none": ([], (None, None, None)),
    "one": ([OLD], ("A", None, "A")),
    "usable this second": ([OLD, built("B", given_at=NOW - WAIT, usable_at=NOW)], ("B", None, "B")),
    "usable the next second": (
        [OLD, built("B", given_at=NOW - WAIT, usable_at=NOW + SECOND)],
        ("A", "B", "A"),
    ),
    "the first waits": ([built("B", waiting=True)], (None, "B", None)),
    "the last given prevails": ([OLD, built("B", given_at=NOW - DAY)], ("B", None, "B")),
    "withdrawn this second": ([OLD, built("B", given_at=NOW - DAY, withdrawn_at=NOW)], ("A", None, "A")),
    "withdrawn the next second": (
        [OLD, built("B", given_at=NOW - DAY, withdrawn_at=NOW + SECOND)],
        ("B", None, "B"),
    ),
    "waiting one withdrawn": ([OLD, built("B", waiting=True, withdrawn_at=NOW)], ("A", None, "A")),
    "provisional serves": ([OLD, provisional("P", NOW - DAY, NOW + SECOND)], ("P", None, "A")),
    "provisional over this second": ([OLD, provisional("P", NOW - DAY, NOW)], ("A", None, "A")),
    "provisional over, none holds again": ([provisional("P", NOW - DAY, NOW)], (None, None, None)),
    "provisional over, another would go on": (
        [OLD, provisional("Q", NOW - 9 * DAY, NOW + DAY), provisional("P", NOW - DAY, NOW)],
        ("A", None, "A"),
    ),
    "provisional serves, définitive waits": (
        [OLD, provisional("P", NOW - DAY, NOW + DAY), built("B", waiting=True)],
        ("P", "B", "A"),
    ),
}


@pytest.mark.parametrize(("adresses", "names"), SITUATIONS.values(), ids=SITUATIONS)
def test_situation_tells_current_waiting_definitive(
    adresses: list[Adresse], names: tuple[str | None, str | None, str | None]
) -> None:
    found = situation(adresses, NOW)
    got = tuple(a.complement if a else None for a in (found.current, found.waiting, found.definitive))
    assert got == names


# --- Giving one --------------------------------------------------------------------------------


@pytest.fixture
def resident(db: None) -> Assure:  # noqa: ARG001
    """An assuré who lives at A."""
    assure = AssureFactory()
    AdresseFactory(assure=assure, **A)
    return assure


def give(
    assure: Assure, content: dict[str, str], now: datetime = NOW, ends_at: datetime | None = None
) -> Given:
    kind = AdresseKind.PROVISOIRE if ends_at else AdresseKind.DEFINITIVE
    return give_adresse(assure=assure, content=content, kind=kind, ends_at=ends_at, now=now)


def streets(assure: Assure, now: datetime = NOW) -> tuple[str | None, str | None]:
    """What serves and what waits."""
    found = situation(assure.adresses.all(), now)
    return tuple(a.voie if a else None for a in (found.current, found.waiting))  # type: ignore[return-value]


def test_give_a_new_one_waits_48_hours_while_the_former_serves(resident: Assure) -> None:
    given = give(resident, B)
    assert (given.outcome, given.adresse.given_at, given.adresse.usable_at) == (Outcome.NEW, NOW, NOW + WAIT)
    assert streets(resident) == streets(resident, NOW + WAIT - SECOND) == (A["voie"], B["voie"])
    assert streets(resident, NOW + WAIT) == (B["voie"], None)


def test_give_across_a_change_of_hour_waits_48_elapsed_hours(resident: Assure) -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    given = give(resident, B, before)
    assert given.adresse.usable_at == datetime(2026, 10, 26, 12, 0, tzinfo=UTC)


def test_give_the_same_again_costs_nothing(resident: Assure) -> None:
    assert (give(resident, A).outcome, resident.adresses.count()) == (Outcome.UNCHANGED, 1)


def test_give_the_one_that_waits_again_keeps_its_wait(resident: Assure) -> None:
    waiting = give(resident, B).adresse
    assert give(resident, B, NOW + DAY) == Given(Outcome.UNCHANGED, waiting)
    assert streets(resident, NOW + WAIT) == (B["voie"], None)


def test_give_the_current_one_back_drops_the_one_that_waits(resident: Assure) -> None:
    dropped = give(resident, B).adresse
    assert give(resident, A, NOW + HOUR).outcome == Outcome.BACK
    assert streets(resident, NOW + HOUR) == streets(resident, NOW + WAIT) == (A["voie"], None)
    dropped.refresh_from_db()
    assert (dropped.withdrawn_at, dropped.notice_due_at) == (NOW + HOUR, None)


def test_give_the_former_once_replaced_waits_again(resident: Assure) -> None:
    give(resident, B)
    given = give(resident, A, NOW + WAIT)
    assert (given.outcome, given.adresse.usable_at) == (Outcome.NEW, NOW + 2 * WAIT)


def test_give_another_replaces_the_one_that_waits(resident: Assure) -> None:
    first = give(resident, B).adresse
    give(resident, C, NOW + HOUR)
    first.refresh_from_db()
    assert (first.withdrawn_at, first.notice_due_at) == (NOW + HOUR, None)
    assert streets(resident, NOW + HOUR + WAIT) == (C["voie"], None)


def test_give_a_provisional_one_serves_until_its_end(resident: Assure) -> None:
    end = NOW + 60 * DAY
    given = give(resident, B, ends_at=end)
    assert (given.outcome, given.adresse.ends_at) == (Outcome.NEW, end)
    assert [streets(resident, at)[0] for at in (NOW, NOW + WAIT, end - SECOND, end)] == [
        A["voie"],
        B["voie"],
        B["voie"],
        A["voie"],
    ]


def test_give_the_definitive_back_ends_a_provisional_one_without_wait(resident: Assure) -> None:
    give(resident, B, ends_at=NOW + 60 * DAY)
    later = NOW + 10 * DAY
    assert (give(resident, A, later).outcome, streets(resident, later)) == (Outcome.BACK, (A["voie"], None))


def test_confirm_the_definitive_after_a_provisional_one_is_over_changes_nothing(resident: Assure) -> None:
    give(resident, B, ends_at=NOW + 60 * DAY)
    assert give(resident, A, NOW + 60 * DAY).outcome == Outcome.UNCHANGED
    assert resident.adresses.filter(withdrawn_at=None).count() == 2


def test_give_the_provisional_one_for_good_waits(resident: Assure) -> None:
    give(resident, B, ends_at=NOW + 60 * DAY)
    later = NOW + 10 * DAY
    given = give(resident, B, later)
    assert (given.outcome, given.adresse.usable_at) == (Outcome.NEW, later + WAIT)


RETYPED = {
    "same": {},
    "lower case": {"voie": "12 rue des lilas", "commune": "BOURG-EN-BRESSE"},
    "accents": {"voie": "12 RUE DES LÎLAS"},
    "spaces": {"voie": " 12  RUE DES LILAS"},
}


@pytest.mark.parametrize("change", RETYPED.values(), ids=RETYPED)
def test_retype_the_one_mail_came_back_from_clears_nothing(resident: Assure, change: dict[str, str]) -> None:
    """B4."""
    resident.adresses.update(npai_since=NOW - DAY)
    given = give(resident, A | change)
    assert (given.outcome, given.adresse) == (Outcome.RETURNED_MAIL, resident.adresses.get())
    assert given.adresse.npai_since == NOW - DAY


@pytest.mark.parametrize("change", RETYPED.values(), ids=RETYPED)
def test_confirm_as_typed_otherwise_costs_no_wait(resident: Assure, change: dict[str, str]) -> None:
    """B3: confirming the address unchanged."""
    assert (give(resident, A | change).outcome, resident.adresses.count()) == (Outcome.UNCHANGED, 1)


def test_new_one_takes_the_place_of_one_mail_came_back_from(resident: Assure) -> None:
    resident.adresses.update(npai_since=NOW - DAY)
    assert give(resident, B).outcome == Outcome.NEW
    assert give(resident, A, NOW + WAIT + DAY).outcome == Outcome.RETURNED_MAIL


def test_addresses_of_others_do_not_count(resident: Assure) -> None:
    AdresseFactory(**B)
    assert give(resident, B).outcome == Outcome.NEW


def test_first_address_serves_nothing_before_it_is_usable(db: None) -> None:  # noqa: ARG001
    assure = AssureFactory()
    give(assure, A)
    assert (streets(assure), streets(assure, NOW + WAIT)) == ((None, A["voie"]), (A["voie"], None))


@pytest.mark.parametrize("acceleration", [60, 3600, 172_800])
def test_wait_is_divided_when_time_is_accelerated(
    resident: Assure, settings: Settings, acceleration: int
) -> None:
    settings.VITALE_ACCELERATION = acceleration
    assert give(resident, B).adresse.usable_at == NOW + WAIT / acceleration


ENDS = {"011": 2 + 15, "CFE": 2 + 21, "CNMSS": 2 + 15}


@pytest.mark.parametrize("code", ENDS)
def test_provisional_one_must_outlast_wait_and_announced_delay(code: str) -> None:
    """B2."""
    assure = AssureFactory.build(caisse=CaisseFactory.build(code=code))
    assert earliest_end(assure, NOW) == NOW + ENDS[code] * DAY


# --- Telling -----------------------------------------------------------------------------------


def told(assure: Assure) -> list[tuple[str, datetime]]:
    return list(assure.messages.values_list("notice", "written_at"))


TOLD = {
    "a second early": (NOW + WAIT - SECOND, 0),
    "on the second": (NOW + WAIT, 1),
    "three days late": (NOW + WAIT + 3 * DAY, 1),
}


@pytest.mark.parametrize(("now", "count"), TOLD.values(), ids=TOLD)
def test_usable_is_told_once_by_message_and_mail(resident: Assure, now: datetime, count: int) -> None:
    give(resident, B)
    assert [tell_usable(now), tell_usable(now)] == [count, 0]
    assert told(resident) == [("adresse_usable", now)] * count
    assert OutboxMail.objects.filter(recipient=resident.email, due_at=now).count() == count


def test_usable_is_not_told_of_one_dropped_or_imported(resident: Assure) -> None:
    give(resident, B)
    give(resident, A, NOW + HOUR)
    assert (tell_usable(NOW + 9 * DAY), told(resident)) == (0, [])


def test_usable_is_told_in_as_many_batches_as_needed(
    resident: Assure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.adresses.BATCH", 2)
    for _ in range(3):
        AdresseFactory(notice_due_at=NOW)
    assert [tell_usable(NOW) for _ in range(3)] == [2, 1, 0]
    assert told(resident) == []


def test_sweep_with_nothing_due_asks_two_questions(
    resident: Assure, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    give(resident, B)
    with django_assert_num_queries(2):  # what is aside, what is due
        tell_usable(NOW)


def test_sweep_that_never_came_blocks_nobody(resident: Assure) -> None:
    """B3: the gate compares times."""
    give(resident, B)
    assert streets(resident, NOW + WAIT) == (B["voie"], None)
