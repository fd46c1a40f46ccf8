"""Two at once on one order, 500 times: one outcome, and the other is told (D4, D5). On PostgreSQL.

Rows are made in bulk. Two threads keep their connection through all the rounds and meet at a barrier
before each, which puts the next order on the table.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Assure, Beneficiaire, User
from carte.annulation import cancel_by_author
from carte.avis import tell_author
from carte.controle import accept, claim_next, expire_claims, reject
from carte.enums import CommandeState, Motif
from carte.fabrication import seal_lot
from carte.models import Commande, CommandeEvent
from tests.factories import DAY, HOUR, NOW, AgentFactory, CaisseFactory, nir, way_to
from vitale_portal.transitions import MoveRefused, moved

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 500
_C = CommandeState
ASIDE = _C.REJECTED  # where an order waits for its round
Act = Callable[[Commande], Any]


@pytest.fixture(autouse=True)
def _notices_aside() -> Iterator[None]:
    """Writing what the author is told takes more time than all the rest, and has its own tests."""
    moved.disconnect(tell_author, sender=Commande, dispatch_uid="carte.tell_author")
    yield
    moved.connect(tell_author, sender=Commande, dispatch_uid="carte.tell_author")


def orders(state: CommandeState) -> list[Commande]:
    """As many orders of as many people, each with the events of the way to a state, but kept aside."""
    caisse = CaisseFactory()
    ways = way_to(state)
    people = Beneficiaire.objects.bulk_create(
        Beneficiaire(nir=nir(n), nom=f"DURAND-{n}", prenoms="Camille", date_naissance="1985-01-15")
        for n in range(ROUNDS)
    )
    authors = Assure.objects.bulk_create(Assure(beneficiaire=who, caisse=caisse) for who in people)
    User.objects.bulk_create(User(identifiant=one.beneficiaire.nir, assure=one) for one in authors)
    facts = {"caisse": caisse, "motif": Motif.FIRST, "state": ASIDE, "version": len(ways)}
    dates = {"created_at": NOW, "touched_at": NOW, "submitted_at": NOW, "expected_at": NOW + 15 * DAY}
    rows = Commande.objects.bulk_create(
        Commande(author=author, beneficiaire=author.beneficiaire, **facts, **dates) for author in authors
    )
    CommandeEvent.objects.bulk_create(
        CommandeEvent(subject=row, number=number, from_state=before, to_state=after, actor=actor, at=NOW)
        for row in rows
        for number, (before, after, actor) in enumerate(ways, 1)
    )
    return rows


def race(first: Act, second: Act, state: CommandeState, **fields: Any) -> list[tuple[Commande, Any, Any]]:
    """Run both acts at once on an order in that state, round after round; give what each came to."""
    rows = orders(state)
    ahead = iter(rows)

    def put_on_the_table() -> None:
        """One order in a state; no agent has the one before in hand any more."""
        Commande.objects.exclude(claimed_by=None).update(claimed_by=None)
        Commande.objects.filter(pk=next(ahead).pk).update(state=state, **fields)

    barrier = Barrier(2, action=put_on_the_table, timeout=60)

    def run(act: Act) -> list[Any]:
        try:
            with connection.cursor() as cursor:  # locks are what is tried here, not the disk
                cursor.execute("SET synchronous_commit TO off")
            return [_answer(barrier, act, row) for row in rows]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(run, (first, second)))
    return list(zip(_now(rows), *answers, strict=True))


def _answer(barrier: Barrier, act: Act, row: Commande) -> Any:
    barrier.wait()
    try:
        return act(row)
    except MoveRefused as refusal:
        return refusal


def _now(rows: Sequence[Commande]) -> list[Commande]:
    """Read the orders as they stand; each is where its last event led, without a hole before it."""
    found = list(
        Commande.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").prefetch_related("events")
    )
    for row in found:
        events = list(row.events.all())
        assert [event.number for event in events] == list(range(1, row.version + 1))
        assert [event.from_state for event in events[1:]] == [event.to_state for event in events[:-1]]
        assert events[-1].to_state == row.state
    return found


def seen_in(refusal: Any) -> str:
    """The state a refusal tells."""
    assert isinstance(refusal, MoveRefused)
    return str(getattr(refusal.subject, "state"))  # noqa: B009 -- each floor declares it


def test_two_agents_at_once_claim_an_order_once() -> None:
    users = [AgentFactory().user for _ in range(2)]
    rounds = race(
        lambda _row: claim_next(user=users[0], now=NOW),
        lambda _row: claim_next(user=users[1], now=NOW),
        _C.SUBMITTED,
    )
    for row, *claimed in rounds:
        assert (row.state, row.version, sorted(claimed, key=bool)) == (_C.IN_REVIEW, 2, [None, row])


def test_agent_and_author_s_cancel_at_once_are_one_outcome() -> None:
    agent = AgentFactory()
    decisions = cycle([accept, partial(reject, motif="NO_RIGHT")])  # one round, one of them
    rounds = race(
        lambda row: next(decisions)(commande=row, user=agent.user, version=2, now=NOW),
        lambda row: cancel_by_author(commande=row, user=row.author.user, version=2, now=NOW),
        _C.IN_REVIEW,
        claimed_by=agent,
        due_at=NOW + HOUR,
    )
    for row, decided, cancelled in rounds:
        done, told = (cancelled, decided) if row.state == _C.CANCELLED else (decided, cancelled)
        assert (row.version, done, done.state, seen_in(told)) == (3, row, row.state, row.state)


def test_author_s_cancel_and_the_lot_at_once_are_one_outcome() -> None:
    rounds = race(
        lambda row: cancel_by_author(commande=row, user=row.author.user, now=NOW),
        lambda _row: seal_lot(NOW),
        _C.ACCEPTED,
        due_at=NOW,
    )
    for row, cancelled, lot in rounds:
        assert (row.version, row.lot) == (4, lot)
        if lot is None:
            assert (row.state, cancelled) == (_C.CANCELLED, row)
        else:
            assert (row.state, seen_in(cancelled), lot.count) == (_C.IN_PRODUCTION, row.state, 1)


def test_two_sweeps_at_once_move_an_order_once() -> None:
    agent = AgentFactory()
    rounds = race(
        lambda _row: expire_claims(NOW),
        lambda _row: expire_claims(NOW),
        _C.IN_REVIEW,
        claimed_by=agent,
        due_at=NOW,
    )
    for row, *counts in rounds:
        assert (row.state, row.version, sorted(counts)) == (_C.SUBMITTED, 3, [0, 1])
