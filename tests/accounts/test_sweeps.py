"""What sweeps share: a row that fails steps aside, the others go on, each run is kept (section 10)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import sweeps
from accounts.models import OutboxMail, SetAside, SweepRun
from accounts.sweeps import each, growing_pause, masked, run, together
from accounts.tasks import sweep_outbox
from tests.factories import NOW, AgentFactory, OutboxMailFactory
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
Act = Callable[[OutboxMail], bool]


def due() -> Any:
    """Mails stand for any row: due, oldest first."""
    return OutboxMail.objects.filter(sent_at=None).order_by("due_at", "pk")


class Faulty:
    """An act that fails for some rows, and marks the others as done."""

    def __init__(self, *bad: OutboxMail) -> None:
        self.bad = {mail.pk for mail in bad}
        self.calls: list[list[int]] = []

    def batch(self, rows: Sequence[OutboxMail]) -> None:
        self.calls.append([row.pk for row in rows])
        for row in rows:
            OutboxMail.objects.filter(pk=row.pk).update(sent_at=NOW)
            if row.pk in self.bad:
                raise ValueError("no good")

    def one(self, row: OutboxMail) -> bool:
        self.batch([row])
        return True


def mails(count: int) -> list[OutboxMail]:
    return [OutboxMailFactory(due_at=NOW + n * SECOND) for n in range(count)]


def in_a_batch(act: Faulty, *, after: timedelta = timedelta(0), most: int = 500) -> int:
    return len(together("test", due(), act.batch, now=NOW + after, most=most))


def one_by_one(act: Faulty, *, after: timedelta = timedelta(0), most: int = 500) -> int:
    return each("test", due(), act.one, now=NOW + after, most=most)


def test_one_by_one_ends_with_its_spell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow rows give the other sweeps their turn; what is left is taken by the next run."""
    rows, act = mails(3), Faulty()
    monkeypatch.setattr(sweeps, "SPELL", timedelta(0))
    assert [one_by_one(act), one_by_one(act)] == [1, 1]
    assert left() == [rows[2].pk]


def left() -> list[int]:
    return list(due().values_list("pk", flat=True))


def test_batch_is_one_act_when_nothing_fails() -> None:
    rows, act = mails(4), Faulty()
    assert (in_a_batch(act), act.calls, left()) == (4, [[row.pk for row in rows]], [])


@pytest.mark.parametrize("bad", [(0,), (3,), (6,), (0, 6), (2, 3), range(7)])
def test_batch_goes_on_without_the_rows_that_fail(bad: Sequence[int]) -> None:
    """What an act had written for a row that fails is undone."""
    rows = mails(7)
    failing = [rows[n] for n in bad]
    assert in_a_batch(Faulty(*failing)) == 7 - len(bad)
    assert left() == [row.pk for row in failing]
    asides = SetAside.objects.order_by("object_id").values_list("sweep", "model", "object_id", "attempts")
    assert list(asides) == [("test", "accounts.outboxmail", row.pk, 1) for row in failing]


SWEEPS = {"batch": in_a_batch, "one by one": one_by_one}
sweep_each_way = pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)


@sweep_each_way
def test_row_set_aside_waits_longer_and_longer(sweep: Callable[..., int]) -> None:
    (bad,), passed = mails(1), timedelta(0)
    for attempts, minutes in enumerate([1, 2, 4, 8, 16, 32, 60, 60], 1):
        act = Faulty(bad)
        OutboxMail.objects.update(sent_at=None)  # what one by one is not undone here is not its caller's
        assert (sweep(act, after=passed), len(act.calls)) == (0, 1)
        aside = SetAside.objects.get()
        expected = (attempts, NOW, NOW + passed + minutes * MINUTE)
        assert (aside.attempts, aside.since, aside.retry_at) == expected
        OutboxMail.objects.update(sent_at=None)
        early = Faulty(bad)
        assert (sweep(early, after=passed + minutes * MINUTE - SECOND), early.calls) == (0, [])
        passed += minutes * MINUTE


@sweep_each_way
def test_row_that_succeeds_at_last_is_aside_no_more(sweep: Callable[..., int]) -> None:
    (bad,) = mails(1)
    sweep(Faulty(bad))
    OutboxMail.objects.update(sent_at=None)
    assert (sweep(Faulty(), after=MINUTE), SetAside.objects.count()) == (1, 0)


@sweep_each_way
def test_row_no_longer_due_is_aside_no_more(sweep: Callable[..., int]) -> None:
    (bad,) = mails(1)
    sweep(Faulty(bad))
    OutboxMail.objects.update(sent_at=NOW)
    assert (sweep(Faulty(), after=MINUTE), SetAside.objects.count()) == (0, 0)


@sweep_each_way
def test_rows_aside_starve_nobody(sweep: Callable[..., int]) -> None:
    rows = mails(4)
    act = Faulty(*rows[:2])
    sweep(act, most=2)
    OutboxMail.objects.filter(pk__in=act.bad).update(sent_at=None)
    assert (sweep(Faulty(), most=2), left()) == (2, [row.pk for row in rows[:2]])


@sweep_each_way
def test_row_of_another_sweep_is_not_aside(sweep: Callable[..., int]) -> None:
    (row,) = mails(1)
    SetAside.objects.create(
        sweep="other", model="accounts.outboxmail", object_id=row.pk, since=NOW, retry_at=NOW + MINUTE
    )
    assert (sweep(Faulty()), SetAside.objects.count()) == (1, 1)


@sweep_each_way
def test_database_away_is_no_row_s_fault(sweep: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    mails(2)

    def away(*_args: object) -> None:
        raise OperationalError

    act = Faulty()
    monkeypatch.setattr(act, "batch", away)
    with pytest.raises(OperationalError):
        sweep(act)
    assert SetAside.objects.count() == 0


def test_one_by_one_reads_on_past_rows_with_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "CHUNK", 2)
    rows = mails(5)
    seen = []
    assert each("test", due(), lambda row: bool(seen.append(row.pk)) or row == rows[4], now=NOW, most=1) == 1
    assert seen == [row.pk for row in rows]


@sweep_each_way
def test_sweep_with_nothing_due_asks_two_questions(
    sweep: Callable[..., int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        sweep(Faulty())


# --- What is kept ------------------------------------------------------------------------------


def test_run_goes_on_until_nothing_is_due_and_is_kept() -> None:
    left = [500, 500, 3, 0, 7]
    assert run("accounts.test", lambda _now: left.pop(0)) == 1003
    first = SweepRun.objects.get()
    assert (first.name, first.rows, left) == ("accounts.test", 1003, [7])
    assert first.started_at <= first.ended_at
    run("accounts.test", lambda _now: 0)
    again = SweepRun.objects.get()
    assert (again.rows, again.started_at >= first.ended_at) == (0, True)


def test_run_leaves_the_rest_to_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "SPELL", timedelta(0))
    assert run("accounts.test", lambda _now: 500) == 500


def test_task_keeps_its_run() -> None:
    OutboxMailFactory()
    sweep_outbox()
    assert list(SweepRun.objects.values_list("name", "rows")) == [("accounts.sweep_outbox", 1)]


ERRORS = {
    "quoted": (ValueError("no such commune: 'SAINT-OUEN'"), "ValueError: no such commune: …"),
    "figures": (KeyError("1850101001002"), "KeyError: …"),
    "capitals": (RuntimeError("DURAND Camille has none"), "RuntimeError: … Camille has none"),
    "mail": (OSError("refused by camille@courriel.example"), "OSError: refused by …"),
    "detail": (ValueError("duplicate key\nDETAIL: Key (nir)=(1850101001002)"), "ValueError: duplicate key"),
    "long": (ValueError("x" * 400), f"ValueError: {'x' * 200}"),
    "nothing": (ValueError(), "ValueError: "),
}


@pytest.mark.parametrize(("error", "text"), ERRORS.values(), ids=ERRORS)
def test_error_is_kept_without_who_it_names(error: Exception, text: str) -> None:
    assert masked(error) == text


PAUSES = {1: 1, 2: 2, 3: 4, 6: 32, 7: 60, 8: 60, 1000: 60}


@pytest.mark.parametrize(("attempts", "minutes"), PAUSES.items())
def test_pause_doubles_up_to_an_hour(attempts: int, minutes: int) -> None:
    assert growing_pause(attempts) == timedelta(minutes=minutes)


# --- At the desk -------------------------------------------------------------------------------


def desk(*groups: str) -> Client:
    return at_desk(AgentFactory(groups=groups))


RIGHTS = {"supervision": True, "audit": False}


@pytest.mark.parametrize(("group", "may"), RIGHTS.items())
def test_row_aside_is_tried_again_by_supervision(group: str, *, may: bool) -> None:
    (bad,) = mails(1)
    in_a_batch(Faulty(bad))
    aside, client, url = SetAside.objects.get(), desk(group), reverse("admin:accounts_setaside_changelist")
    page = client.get(url).content.decode()
    assert ("accounts.outboxmail" in page, "Réessayer" in page) == (True, may)
    client.post(url, {"action": "retry_now", "_selected_action": [aside.pk]})
    was = aside.retry_at
    aside.refresh_from_db()
    assert (aside.retry_at != was) is may


@pytest.mark.parametrize("name", ["setaside", "sweeprun"])
def test_other_agents_see_no_sweep(name: str) -> None:
    assert desk("contrôle").get(reverse(f"admin:accounts_{name}_changelist")).status_code == 403
