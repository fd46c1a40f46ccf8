"""Beat stopped for three days, then started: each thing happens once, in order (section 10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core import mail

from accounts.models import Message, OutboxMail, SetAside
from carte.enums import CommandeState
from carte.models import Carte, Commande, LotFabrication
from declarations.enums import PliState
from declarations.models import PliPapier
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    AgentFactory,
    CarteFactory,
    CommandeFactory,
    PliFactory,
    assure_ready,
)
from vitale_portal.celery import app

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
BACK = NOW + 3 * DAY
_C = CommandeState


@pytest.fixture(autouse=True)
def _own_storage(pieces_root: Path) -> None:
    """The sweep of files looks at the storage."""


def tick(at: datetime) -> None:
    """All that beat wakes, in the order of its table, at an instant."""
    app.loader.import_default_modules()
    with time_machine.travel(at, tick=False):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            app.tasks[entry["task"]]()


def ticks(*spans: tuple[int, timedelta]) -> Iterator[datetime]:
    """Instants from the return of beat: so many of each step."""
    at = BACK
    for count, step in spans:
        for _ in range(count):
            yield at
            at += step


@pytest.fixture
def order() -> Commande:
    """An order accepted just before beat stopped, due in the lot of that evening."""
    author = assure_ready()
    return CommandeFactory(
        author=author,
        adresse=author.adresses.get(),
        state=_C.ACCEPTED,
        due_at=NOW + 8 * HOUR,
        created_at=NOW - DAY,
    )


def test_nothing_is_skipped_or_doubled_by_the_ticks_that_catch_up(order: Commande) -> None:
    for at in ticks((5, MINUTE), (20, 8 * HOUR)):
        tick(at)
    events = list(order.events.filter(number__gt=3))
    assert [event.to_state for event in events] == [_C.IN_PRODUCTION, _C.SHIPPED, _C.DELIVERED]
    assert [event.number for event in events] == [4, 5, 6]
    assert events[0].at == BACK
    assert all(later.at - earlier.at >= MINUTE for earlier, later in pairwise(events))
    assert events[1].at - events[0].at <= 2 * DAY + 8 * HOUR  # the centre, then the next tick
    assert events[2].at - events[1].at >= 3 * DAY
    told = list(Message.objects.order_by("written_at").values_list("notice", "written_at"))
    assert told == [(f"commande_{event.to_state.lower()}", event.at) for event in events]
    assert (len(mail.outbox), OutboxMail.objects.filter(sent_at=None).count()) == (3, 0)
    assert (Carte.objects.count(), LotFabrication.objects.count(), SetAside.objects.count()) == (1, 1, 0)


def test_all_that_fell_due_meanwhile_is_done_at_the_first_tick_and_once() -> None:
    claimed = CommandeFactory(state=_C.IN_REVIEW, claimed_by=AgentFactory(), due_at=NOW + 10 * MINUTE)
    shipped = CommandeFactory(state=_C.SHIPPED, due_at=NOW + DAY)
    holder = assure_ready()
    CarteFactory(beneficiaire=holder.beneficiaire)  # else he is a newcomer, who gets a form (F7)
    waiting = AdresseFactory(assure=holder, waiting=True, notice_due_at=NOW + 47 * HOUR)
    pli = PliFactory(due_at=NOW + 2 * DAY)
    for at in ticks((3, MINUTE)):
        tick(at)
    states = [Commande.objects.get(pk=row.pk).state for row in (claimed, shipped)]
    assert states == [_C.SUBMITTED, _C.DELIVERED]
    assert [row.events.filter(at__gte=NOW + DAY).get().at for row in (claimed, shipped)] == [BACK, BACK]
    waiting.refresh_from_db()
    sent = PliPapier.objects.get(pk=pli.pk)
    assert (waiting.notice_due_at, sent.state, sent.sent_at) == (None, PliState.SENT, BACK)
    notices = sorted(Message.objects.values_list("notice", flat=True))
    assert notices == ["adresse_usable", "carte_update", "commande_delivered", "pli_sent"]
    assert (len(mail.outbox), SetAside.objects.count()) == (4, 0)
