"""Who lives in the storm, and what the database says of them afterwards."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from itertools import count
from math import ceil
from typing import Any

from django.db import connections
from django.utils import timezone

from accounts.models import OutboxMail, SetAside
from carte.enums import CommandeState
from carte.models import Commande
from declarations.models import Attestation
from suivi.demonstration.foyer import give_carte
from suivi.echeances import oldest_due
from suivi.verification import FILE_QUESTIONS, QUESTIONS, verify
from tests.factories import AdresseFactory, AgentFactory, AssureFactory, jpeg, whole_draft
from tests.storm.browser import Browser
from tests.storm.hammer import accept_at_once, send_at_once
from tests.storm.people import WAYS, Agent, Assure, Person
from tests.storm.promises import KINDS, Promises
from tests.storm.servers import Catcher, wait_until

A_LIFE = 5.0  # seconds, at the least: who lives in the storm always has another to begin
MORE_LIVES = 8  # for the calm after it
CALM = 180.0  # seconds left, after the storm, to be promised each thing once
# States in which time, and not somebody, moves an order on within seconds.
MOVING = (CommandeState.ACCEPTED, CommandeState.IN_PRODUCTION, CommandeState.SHIPPED)


class Population:
    """The people, their promises, and whether they still go on."""

    def __init__(self, port: int) -> None:
        self.port, self.promises = port, Promises()
        self.staff = [AgentFactory() for _ in range(3)]
        self._ended = threading.Event()
        self._born = count()

    def going_on(self) -> bool:
        return not self._ended.is_set()

    def begin(self) -> None:
        self._ended.clear()

    def end(self) -> None:
        self._ended.set()

    def browser(self) -> Browser:
        return Browser(self.port, self.going_on, self.promises.seen)

    def _newcomer(self, *, with_card: bool) -> Assure:
        """Somebody new, with an address, and perhaps with a card in use that he will lose."""
        who = AssureFactory()
        AdresseFactory(assure=who, given_at=timezone.now() - timedelta(days=9))
        serial = give_carte(who.beneficiaire, who.caisse, timezone.now()).serial if with_card else ""
        way = WAYS[next(self._born) % len(WAYS)]
        person = Person(who.beneficiaire.nir, who.beneficiaire.reference, serial, way)
        return Assure(self.browser(), person, self.promises, jpeg())

    def assures(self, seconds: float) -> Iterator[Callable[[], None]]:
        """One life after the other for so many seconds; every other one begins with a card that is lost.

        All are born before the storm, so that it is only the portal that meets the accidents. Those who live
        at the same time have different ways, and so have the lives of one after the other.
        """
        next(self._born)
        lives = ceil(seconds / A_LIFE) + MORE_LIVES
        return iter([self._newcomer(with_card=bool(number % 2)).lives for number in range(lives)])

    def agents(self, rank: int) -> Iterator[Callable[[], None]]:
        agent = Agent(self.browser(), self.staff[rank].user.identifiant, self.promises)
        while self.going_on():
            yield agent.reviews

    def hammered(self) -> int:
        """One order sent four times at once, then accepted four times at once."""
        author = AssureFactory()
        now = timezone.now()
        AdresseFactory(assure=author, given_at=now - timedelta(days=9))
        clock = {"created_at": now, "touched_at": now, "due_at": now + timedelta(days=1)}
        draft = whole_draft(author=author, **clock)
        person = Person(author.beneficiaire.nir, author.beneficiaire.reference)
        assure = Assure(self.browser(), person, self.promises, b"")
        return send_at_once(assure, draft.reference) + accept_at_once(self._hammerer)

    @cached_property
    def _hammerer(self) -> Agent:
        """The agent of the hammer, signed in once: no code of the moment is taken twice."""
        return Agent(self.browser(), self.staff[2].user.identifiant, self.promises)

    def wait_for_every_promise(self) -> float:
        """Let people go on until each kind of promise was made once; give how long it took, in seconds."""
        start = time.monotonic()
        wait_until(lambda: set(self.promises.counts()) == set(KINDS), "each promise", CALM)
        return time.monotonic() - start

    # --- Afterwards -----------------------------------------------------------------------------

    def end_pauses(self) -> None:
        """Let the pause of mails that failed, and the lease of those a killed worker held, be over."""
        connections.close_all()  # they may have died with the database
        OutboxMail.objects.filter(sent_at=None).update(due_at=timezone.now())
        SetAside.objects.update(retry_at=timezone.now())

    def waiting(self) -> dict[str, Any]:
        now = timezone.now()
        return {
            "mails": OutboxMail.objects.filter(sent_at=None).count(),
            "orders": Commande.objects.filter(state__in=MOVING).count(),
            "attestations": Attestation.objects.filter(pdf=None).count(),
            **{name: at for name, at in oldest_due(now - timedelta(seconds=3)).items() if at},
        }

    def is_settled(self) -> bool:
        return not any(self.waiting().values())

    def anomalies(self) -> list[str]:
        """What ``verify`` says, and what the sweeps set aside."""
        report = verify(QUESTIONS, FILE_QUESTIONS, now=timezone.now())
        found = [
            f"{answer.question.says}: {one.row}, expected {one.expected}, found {one.found}"
            for answer in report.answers
            for one in answer.anomalies
        ]
        return [*found, *(f"set aside: {row} ({row.error})" for row in report.aside)]

    def wrong_mails(self, mails: Catcher) -> list[str]:
        """Mails that never came, or that nobody wrote; one that came twice is what a crash may do."""
        written = set(OutboxMail.objects.values_list("message_id", flat=True))
        lost = [f"mail lost {one}" for one in written - mails.caught.keys()]
        return [*lost, *(f"mail of nobody {one}" for one in mails.caught.keys() - written)]

    def figures(self, mails: Catcher) -> str:
        twice = sum(count - 1 for count in mails.caught.values())
        orders = Commande.objects.count()
        failed = len(self.promises.errors)
        return f"{orders} orders, {len(mails.caught)} mails, {twice} doubled, {failed} pages failed"
