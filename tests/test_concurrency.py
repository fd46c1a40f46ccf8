"""What must happen once, when many do it at once: on PostgreSQL, where row locks let them (C2, D4)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.adresses import Outcome, give_adresse, tell_usable
from accounts.enums import AdresseKind
from accounts.models import Message, OutboxMail
from accounts.outbox import send_due
from carte.annulation import cancel_by_author
from carte.commandes import OrderRefused, start_draft, submit_commande
from carte.controle import accept, claim_next, expire_claims, release
from carte.enums import CarteState, CommandeState, PieceKind, Regle
from carte.fabrication import deliver_due, seal_lot, ship_due
from carte.models import Carte, Commande, CommandeEvent, LotFabrication
from carte.pieces import deposit_piece
from tests.factories import (
    DAY,
    NOW,
    AdresseFactory,
    AgentFactory,
    CommandeFactory,
    OutboxMailFactory,
    assure_ready,
    ayant_droit,
    jpeg,
    whole_draft,
)
from vitale_portal.transitions import MovedOn

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
SUBMITTED, IN_REVIEW, ACCEPTED = CommandeState.SUBMITTED, CommandeState.IN_REVIEW, CommandeState.ACCEPTED


@pytest.fixture(autouse=True)
def _own_storage(pieces_root: Path) -> None:
    """Pieces of these tests lie in a directory of their own."""


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make the calls in a thread each, behind a barrier; give what they answered or raised, in order."""
    barrier = Barrier(len(calls), timeout=60)

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return call()
        except Exception as error:  # noqa: BLE001 -- an answer like another, judged by the test
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def trace() -> list[tuple[int, str]]:
    return list(CommandeEvent.objects.order_by("subject", "number").values_list("number", "to_state"))


# --- Sending -----------------------------------------------------------------------------------


def test_fifty_who_send_at_once_make_one_order_and_see_it_fifty_times() -> None:
    """C2."""
    whole_draft()
    pages = [Commande.objects.get() for _ in range(50)]
    answers = at_once([lambda page=page: submit_commande(commande=page, now=NOW) for page in pages])
    assert {(type(a).__name__, a.pk, a.state, a.version) for a in answers} == {
        ("Commande", pages[0].pk, SUBMITTED, 1)
    }
    assert (trace(), Message.objects.count(), OutboxMail.objects.count()) == ([(1, SUBMITTED)], 1, 1)


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_parents_at_once_one_sends_and_the_other_meets_e1(attempt: int) -> None:  # noqa: ARG001
    parents = [assure_ready(), assure_ready()]
    child = ayant_droit(*parents)
    drafts = [whole_draft(author=parent, beneficiaire=child) for parent in parents]
    answers = at_once([lambda draft=draft: submit_commande(commande=draft, now=NOW) for draft in drafts])
    first, second = sorted(answers, key=lambda answer: isinstance(answer, OrderRefused))
    assert [o.regle for o in second.answer.obstacles] == [Regle.ORDER_OPEN]
    assert second.answer.obstacles[0].subject == first
    assert sorted(Commande.objects.values_list("state", flat=True)) == ["DRAFT", "SUBMITTED"]
    assert trace() == [(1, SUBMITTED)]


def test_starting_twenty_times_at_once_makes_one_draft() -> None:
    assure = assure_ready()
    start = [lambda: start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)] * 20
    answers = at_once(start)
    assert [answer.pk for answer in answers] == [Commande.objects.get().pk] * 20


def test_depositing_at_once_keeps_one_piece_and_one_file(pieces_root: Path) -> None:
    draft = CommandeFactory()
    facts = {"commande": draft, "kind": PieceKind.PHOTO, "data": jpeg(), "label": "moi.jpg", "now": NOW}
    answers = at_once([lambda: deposit_piece(**facts)] * 6)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    files = [str(path.relative_to(pieces_root)) for path in pieces_root.rglob("*") if path.is_file()]
    assert files == [draft.pieces.get().pages.get().file.name]


def test_sending_while_a_piece_is_deposited_ends_whole() -> None:
    draft = whole_draft()
    facts = {"commande": draft, "kind": PieceKind.PHOTO, "data": jpeg(), "label": "moi.jpg", "now": NOW}
    answers = at_once(
        [lambda: submit_commande(commande=draft, now=NOW), *[lambda: deposit_piece(**facts)] * 3]
    )
    assert answers[0].state == SUBMITTED
    pieces = Commande.objects.get().pieces
    assert sorted(pieces.values_list("kind", flat=True)) == ["IDENTITE", "PHOTO"]
    files = [piece.pages.get().file for piece in pieces.all()]
    assert [file.storage.exists(file.name) for file in files] == [True, True]


# --- Review ------------------------------------------------------------------------------------


@pytest.mark.parametrize("orders", [1, 2, 5])
def test_two_agents_at_once_never_claim_the_same(orders: int) -> None:
    """D4."""
    for _ in range(orders):
        CommandeFactory(state=SUBMITTED)
    users = [AgentFactory().user for _ in range(2)]
    answers = at_once([lambda user=user: claim_next(user=user, now=NOW) for user in users])
    claimed = [answer.pk for answer in answers if answer is not None]
    assert (len(claimed), len(set(claimed))) == (min(orders, 2), min(orders, 2))
    assert Commande.objects.filter(state=IN_REVIEW).count() == len(claimed)


def test_ten_agents_at_once_empty_a_queue_of_six() -> None:
    for _ in range(6):
        CommandeFactory(state=SUBMITTED)
    users = [AgentFactory().user for _ in range(10)]
    answers = at_once([lambda user=user: claim_next(user=user, now=NOW) for user in users])
    assert len({answer.pk for answer in answers if answer}) == 6
    assert [event for event in trace() if event[0] == 2] == [(2, IN_REVIEW)] * 6


def test_one_agent_who_asks_five_times_at_once_gets_one_order() -> None:
    for _ in range(5):
        CommandeFactory(state=SUBMITTED)
    user = AgentFactory().user
    answers = at_once([lambda: claim_next(user=user, now=NOW)] * 5)
    assert len({answer.pk for answer in answers}) == 1
    assert Commande.objects.filter(state=IN_REVIEW).count() == 1


def test_decisions_at_once_are_decided_once() -> None:
    agent = AgentFactory()
    CommandeFactory(state=SUBMITTED)
    page = claim_next(user=agent.user, now=NOW)
    facts = {"commande": page, "user": agent.user, "version": page.version, "now": NOW}
    answers = at_once([lambda: accept(**facts), lambda: release(**facts)] * 4)
    assert [type(a) for a in answers if not isinstance(a, Commande)] == [MovedOn] * 7
    assert len(trace()) == 3


def test_a_claim_and_its_author_s_cancel_never_wait_for_each_other() -> None:
    """Who cancels holds the beneficiary and waits for the order; the claim's trace names that beneficiary."""
    order, agent = CommandeFactory(state=SUBMITTED), AgentFactory()

    def cancel() -> Commande:
        try:
            return cancel_by_author(commande=order, user=order.author.user, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            claim_next(user=agent.user, now=NOW)
            cancelled = pool.submit(cancel)
            wait_for_somebody_who_waits()
        assert cancelled.result(timeout=60).version == 3
    assert trace()[-2:] == [(2, IN_REVIEW), (3, CommandeState.CANCELLED)]


def wait_for_somebody_who_waits() -> None:
    """Return once somebody waits for a lock."""
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
        sleep(0.05)
    pytest.fail("nobody waits")


# --- Sweeps ------------------------------------------------------------------------------------

SWEEPS: dict[str, tuple[CommandeState, Callable[..., Any], CommandeState]] = {
    "claims": (IN_REVIEW, expire_claims, SUBMITTED),
    "lot": (ACCEPTED, seal_lot, CommandeState.IN_PRODUCTION),
    "centre": (CommandeState.IN_PRODUCTION, ship_due, CommandeState.SHIPPED),
    "post": (CommandeState.SHIPPED, deliver_due, CommandeState.DELIVERED),
}


@pytest.mark.parametrize(("before", "sweep", "after"), SWEEPS.values(), ids=SWEEPS)
def test_sweeps_at_once_move_each_order_once(
    before: CommandeState, sweep: Callable[..., Any], after: CommandeState
) -> None:
    rows = [CommandeFactory(state=before, due_at=NOW) for _ in range(20)]
    known = CommandeEvent.objects.count()
    answers = at_once([lambda: sweep(NOW)] * 4)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    found = Commande.objects.values_list("state", "version")
    assert list(found) == [(after, rows[0].version + 1)] * 20
    assert CommandeEvent.objects.count() == known + 20


def test_lots_sealed_at_once_are_one_lot() -> None:
    for _ in range(20):
        CommandeFactory(state=ACCEPTED, due_at=NOW)
    at_once([lambda: seal_lot(NOW)] * 4)
    assert list(LotFabrication.objects.values_list("number", "count")) == [(1, 20)]


def test_cards_shipped_and_delivered_at_once_are_one_each() -> None:
    for _ in range(10):
        CommandeFactory(state=CommandeState.IN_PRODUCTION, due_at=NOW)
    for days in (0, 4):
        at_once(
            [lambda now=NOW + days * DAY: ship_due(now), lambda now=NOW + days * DAY: deliver_due(now)] * 2
        )
    assert list(Carte.objects.values_list("state", flat=True)) == [CarteState.IN_USE] * 10


def test_mails_sent_at_once_leave_once_each(mailoutbox: list[Any]) -> None:
    mails = {OutboxMailFactory().message_id for _ in range(20)}
    answers = at_once([lambda: send_due(NOW)] * 4)
    left = [message.extra_headers["Message-ID"] for message in mailoutbox]
    assert (sum(answers), len(left), set(left)) == (20, 20, mails)


def test_addresses_told_at_once_are_told_once() -> None:
    for _ in range(10):
        AdresseFactory(notice_due_at=NOW)
    answers = at_once([lambda: tell_usable(NOW)] * 4)
    assert (sum(answers), Message.objects.count()) == (10, 10)


def test_addresses_given_at_once_are_given_once() -> None:
    """B3: a double click gives one address."""
    assure = assure_ready()
    content = assure.adresses.get().content | {"voie": "1 PLACE NEUVE"}
    facts = {"kind": AdresseKind.DEFINITIVE, "ends_at": None, "now": NOW}
    answers = at_once([lambda: give_adresse(assure=assure, content=content, **facts)] * 8)
    assert sorted(answer.outcome.name for answer in answers) == ["NEW", *["UNCHANGED"] * 7]
    assert assure.adresses.count() == 2
    assert {answer.outcome for answer in answers} == {Outcome.NEW, Outcome.UNCHANGED}
