"""What is erased, when, and what is left of it (P6)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Agent, Assure
from accounts.sweeps import put_aside
from carte.effacements import erase_due, erasure_due
from carte.enums import CommandeState, EffacementMotif, PieceKind
from carte.models import Commande, Effacement, Page, Piece
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AgentFactory,
    CommandeFactory,
    PieceFactory,
    way_to,
)
from tests.fixtures import at_desk
from vitale_portal.dates import months_later
from vitale_portal.references import display
from vitale_portal.transitions import Actor, Step, move

pytestmark = pytest.mark.usefixtures("pieces_root")
SECOND = timedelta(seconds=1)
FINISHED = (CommandeState.DELIVERED, CommandeState.REJECTED, CommandeState.CANCELLED)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# --- When -------------------------------------------------------------------------------------

# Delivered at, erased at: the same time on the clocks of Paris, two months of the calendar later.
DELIVERIES: dict[str, tuple[datetime, datetime]] = {
    "an ordinary day": (utc(2026, 11, 2, 9), utc(2027, 1, 2, 9)),
    "over the change to summer time": (utc(2027, 2, 10, 9), utc(2027, 4, 10, 8)),
    "over the change to winter time": (utc(2026, 9, 10, 8), utc(2026, 11, 10, 9)),
    "31 December: the last day of February": (utc(2026, 12, 31, 9), utc(2027, 2, 28, 9)),
    "31 December before a leap year's February": (utc(2027, 12, 31, 9), utc(2028, 2, 29, 9)),
    "29 February": (utc(2028, 2, 29, 9), utc(2028, 4, 29, 8)),
    "the day is the one in Paris": (utc(2026, 12, 30, 23, 30), utc(2027, 2, 27, 23, 30)),
    "an hour that does not exist": (utc(2027, 1, 28, 1, 30), utc(2027, 3, 28, 1, 30)),
    "an hour that comes twice": (utc(2027, 8, 31, 0, 30), utc(2027, 10, 31, 0, 30)),
}


@pytest.mark.parametrize(("at", "erased"), DELIVERIES.values(), ids=DELIVERIES)
def test_pieces_of_a_card_received_are_kept_two_months(at: datetime, erased: datetime) -> None:
    """P6."""
    assert erasure_due(CommandeState.DELIVERED, at) == erased


@pytest.mark.parametrize("state", CommandeState)
def test_pieces_of_an_order_that_is_not_finished_stay(state: CommandeState) -> None:
    expected = {
        CommandeState.DELIVERED: utc(2027, 1, 2, 9),
        CommandeState.REJECTED: NOW + 30 * DAY,
        CommandeState.CANCELLED: NOW + 30 * DAY,
    }
    assert erasure_due(state, NOW) == expected.get(state)


@pytest.mark.parametrize(
    ("state", "seconds"), [("DELIVERED", 61 * 24), ("REJECTED", 720), ("CANCELLED", 720)]
)
def test_erasure_is_accelerated(settings: Settings, state: str, seconds: int) -> None:
    settings.VITALE_ACCELERATION = 3600
    assert erasure_due(state, NOW) == NOW + seconds * SECOND


@pytest.mark.parametrize(("months", "later"), [(0, utc(2026, 11, 2, 9)), (14, utc(2028, 1, 2, 9))])
def test_months_are_counted_over_the_end_of_years(months: int, later: datetime) -> None:
    assert months_later(NOW, months) == later


# --- The move that finishes an order ----------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("state", FINISHED)
def test_every_way_to_finish_an_order_plans_the_erasure(state: CommandeState) -> None:
    before, after, actor = way_to(state)[-1]
    row = move(CommandeFactory(state=before), Step(to=after, actor=actor, at=NOW, changes={"due_at": None}))
    assert (row.due_at, Commande.objects.get().due_at) == (erasure_due(state, NOW),) * 2


@pytest.mark.django_db
def test_move_that_finishes_nothing_plans_no_erasure() -> None:
    row = move(CommandeFactory(state="SUBMITTED"), Step(to="IN_REVIEW", actor=Actor.AGENT, at=NOW))
    assert (row.due_at, Commande.objects.get().due_at) == (None, None)


@pytest.mark.django_db
def test_order_that_goes_on_has_the_due_time_of_its_new_state() -> None:
    row = finished(CommandeState.DELIVERED)
    step = Step(to=CommandeState.RETURNED, actor=Actor.POST, at=NOW, changes={"due_at": NOW + 60 * DAY})
    move(row, step)
    assert Commande.objects.get().due_at == NOW + 60 * DAY
    assert (erase_due(NOW + 365 * DAY), Piece.objects.count()) == (0, 2)


# --- The sweep --------------------------------------------------------------------------------


def finished(state: str = CommandeState.REJECTED, **fields: Any) -> Commande:
    """A finished order with both pieces, due at ``NOW``."""
    row = CommandeFactory(state=state, due_at=NOW, **fields)
    PieceFactory(commande=row, kind=PieceKind.PHOTO)
    PieceFactory(commande=row, kind=PieceKind.IDENTITE)
    return row


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "left"), [(-1, 2), (0, 0), (1, 0)])
def test_pieces_are_erased_to_the_second(seconds: int, left: int) -> None:
    finished()
    erase_due(NOW + seconds * SECOND)
    assert (Piece.objects.count(), Page.objects.count()) == (left, left)


@pytest.mark.django_db
@pytest.mark.parametrize("state", FINISHED)
def test_erasure_leaves_the_order_and_a_line_of_the_log(
    state: str, stored_files: Callable[[], set[str]], django_capture_on_commit_callbacks: Any
) -> None:
    row = finished(state)
    PieceFactory(commande=row, kind=PieceKind.PHOTO, replaced_at=NOW - DAY)  # refused, then replaced
    other = PieceFactory(commande=CommandeFactory(state="SUBMITTED"))
    before = row.state, row.version, row.events.count(), row.adresse_lines
    at = NOW + HOUR
    with django_capture_on_commit_callbacks(execute=True):
        assert (erase_due(at), erase_due(at)) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.version, row.events.count(), row.adresse_lines) == before
    assert (row.due_at, list(Piece.objects.all())) == (None, [other])
    assert stored_files() == set(Page.objects.values_list("file", flat=True))
    (logged,) = Effacement.objects.values_list("reference", "caisse", "motif", "files", "at")
    assert logged == (row.reference, row.caisse_id, EffacementMotif(state), 3, at)


@pytest.mark.django_db
def test_order_without_a_piece_is_not_logged_and_not_looked_at_again() -> None:
    CommandeFactory(state="CANCELLED", due_at=NOW)
    assert (erase_due(NOW), erase_due(NOW), Effacement.objects.count()) == (1, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [state for state in CommandeState if state not in FINISHED])
def test_pieces_of_an_order_under_way_are_never_erased(state: str) -> None:
    finished(state)
    assert (erase_due(NOW + 365 * DAY), Piece.objects.count()) == (0, 2)


@pytest.mark.django_db
def test_files_stay_when_the_erasure_is_undone(stored_files: Callable[[], set[str]]) -> None:
    finished()
    with transaction.atomic():
        assert erase_due(NOW) == 1
        transaction.set_rollback(True)
    assert (Piece.objects.count(), Effacement.objects.count(), len(stored_files())) == (2, 0, 2)


@pytest.mark.django_db
def test_order_set_aside_waits_and_the_others_do_not() -> None:
    bad, good = finished(), finished()
    put_aside("carte.erasures", Commande, bad.pk, ValueError(), NOW)
    erase_due(NOW)
    assert [row.commande for row in Piece.objects.all()] == [bad, bad]
    erase_due(NOW + timedelta(minutes=1))
    assert (Piece.objects.count(), Effacement.objects.count()) == (0, 2)
    assert good.reference in set(Effacement.objects.values_list("reference", flat=True))


@pytest.mark.django_db
def test_sweep_of_many_orders_costs_no_more_queries() -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            finished()
        with CaptureQueriesContext(connection) as found:
            erase_due(NOW)
        return len(found)

    assert queries(1) == queries(3)


@pytest.mark.django_db
def test_file_that_resists_is_left_to_the_sweep_of_files(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def resist(_storage: object, _name: str) -> None:
        raise PermissionError

    monkeypatch.setattr("vitale_portal.storage.EncryptedStorage.delete", resist)
    finished()
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_due(NOW) == 1
    assert Piece.objects.count() == 0


# --- Afterwards, on screen --------------------------------------------------------------------


@pytest.mark.django_db
def test_tracking_stays_after_the_erasure(assure: Assure, assure_client: Client) -> None:
    address = reverse("tracking", args=[finished(author=assure).reference])
    before = assure_client.get(address).context["steps"]
    erase_due(NOW)
    assert (assure_client.get(address).context["steps"], len(before) > 0) == (before, True)


def listed(agent: Agent) -> tuple[int, bytes]:
    """What the log shows an agent."""
    browser = at_desk(agent)
    answer = browser.get(reverse("admin:carte_effacement_changelist"))
    return answer.status_code, answer.content


@pytest.mark.django_db
def test_log_is_shown_to_supervision_and_audit_alone() -> None:
    row = finished()
    erase_due(NOW)
    shown = {}
    for group in ("contrôle", "droits", "supervision", "audit"):
        status, page = listed(AgentFactory(groups=[group]))
        shown[group] = (status, display(row.reference).encode() in page)
    assert shown == {
        "contrôle": (403, False),
        "droits": (403, False),
        "supervision": (200, True),
        "audit": (200, True),
    }


@pytest.mark.django_db
def test_log_is_changed_by_nobody() -> None:
    finished()
    erase_due(NOW)
    browser = at_desk(AgentFactory(groups=["supervision"]))
    pk = Effacement.objects.get().pk
    addresses = [
        reverse("admin:carte_effacement_add"),
        reverse("admin:carte_effacement_delete", args=[pk]),
    ]
    assert [browser.post(address).status_code for address in addresses] == [403, 403]
    browser.post(reverse("admin:carte_effacement_change", args=[pk]), {"files": 99})
    assert Effacement.objects.get().files == 2
