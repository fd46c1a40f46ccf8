"""The rows of a caisse of many years, table by table, as COPY reads them. Asked for by ``fill``."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import models

from accounts.enums import Lien
from accounts.models import Adresse, Assure, Beneficiaire, Caisse, Message, OutboxMail, Rattachement, User
from carte.avis import NOTICES
from carte.enums import CarteState, CommandeState, Motif
from carte.models import Carte, CarteEvent, Commande, CommandeEvent, LotFabrication
from tests.benchmarks.copying import Table
from tests.people import nir
from vitale_portal.transitions import Actor

ORDERS_A_PERSON = 4
_C, _K = CommandeState, CarteState

WAY = (
    (_C.DRAFT, _C.SUBMITTED, Actor.AUTHOR),
    (_C.SUBMITTED, _C.IN_REVIEW, Actor.AGENT),
    (_C.IN_REVIEW, _C.ACCEPTED, Actor.AGENT),
    (_C.ACCEPTED, _C.IN_PRODUCTION, Actor.SYSTEM),
    (_C.IN_PRODUCTION, _C.SHIPPED, Actor.CENTRE),
    (_C.SHIPPED, _C.DELIVERED, Actor.POST),
)
# What became of the card since it was made, by whom and how many hours after the order's last move.
OPPOSED_SINCE = ((_K.IN_TRANSIT, _K.IN_USE, Actor.POST, 0), (_K.IN_USE, _K.OPPOSED, Actor.AGENT, 300))
IN_USE = OPPOSED_SINCE[:1]


@dataclass(frozen=True)
class Story:
    """What orders of one kind went through: how many hours before now each of their moves was made."""

    hours: tuple[float, ...]
    card: tuple[tuple[CarteState, CarteState, Actor, int], ...] = ()
    waits: bool = False  # time moves it on: due within the hours to come, or since a few seconds
    motif: Motif = Motif.REPLACEMENT

    @property
    def moves(self) -> list[tuple[CommandeState, CommandeState, Actor]]:
        return list(WAY[: len(self.hours)])

    @property
    def state(self) -> CommandeState:
        return self.moves[-1][1]

    def instant(self, now: datetime, move: int) -> datetime:
        return now - timedelta(hours=self.hours[move])


PAST = tuple(
    Story(tuple(hours + 1_440 * years for hours in (150, 148, 147, 130, 100, 20)), OPPOSED_SINCE, motif=motif)
    for years, motif in ((3, Motif.FIRST), (2, Motif.REPLACEMENT), (1, Motif.REPLACEMENT))
)
DELIVERED = Story((150, 148, 147, 130, 100, 20), IN_USE)
TODAY = {
    _C.SUBMITTED: Story((4,)),
    _C.ACCEPTED: Story((4, 3, 2), waits=True),
    _C.IN_PRODUCTION: Story((30, 29, 28, 26), waits=True),
    _C.SHIPPED: Story((130, 129, 128, 110, 70), waits=True),
}
# One order of today in twenty stands at each of these; the others are delivered.
MIX = (*TODAY.values(), *[DELIVERED] * (20 - len(TODAY)))
# Orders that may be due; those in review are then in nobody's hands (``claimed_by`` is empty).
MAY_BE_DUE = {**TODAY, _C.IN_REVIEW: Story((4, 0.5), waits=True)}


@dataclass(frozen=True)
class Order:
    """One order to write: its rank, its person's rank, its story, and since how long it is due, if it is."""

    rank: int
    person: int
    story: Story
    due_in: timedelta | None


NUMBERED = (
    Beneficiaire, User, LotFabrication, Commande, CommandeEvent, Message, OutboxMail, Carte, CarteEvent,
)  # fmt: skip


# A person has the same id in each of these.
PERSONAL = (Beneficiaire, Assure, Rattachement, Adresse)


class Filling:
    """The rows of so many orders, table by table. Ids follow those that are there."""

    def __init__(self, orders: int, due: int, due_states: Sequence[CommandeState], now: datetime) -> None:
        self.orders, self.due, self.due_states, self.now = orders, due, due_states, now
        self.persons = -(-orders // ORDERS_A_PERSON)
        self.caisse = Caisse.objects.order_by("pk").first()
        self.stories = dict.fromkeys((*PAST, *MIX, *(MAY_BE_DUE[state] for state in due_states)))
        self.base = {model: last_id(model) for model in NUMBERED}  # before COPY: it holds the connection
        self.base[Beneficiaire] = max(map(last_id, PERSONAL))
        self.first_lot = LotFabrication.objects.aggregate(last=models.Max("number"))["last"] or 0
        self.lots = {
            story: rank for rank, story in enumerate((s for s in self.stories if len(s.hours) > 3), 1)
        }
        for story in self.stories:  # the orders of a story share its instants
            instants = [story.instant(now, move).isoformat() for move in range(len(story.hours))]
            self.stories[story] = instants

    def person(self, rank: int) -> int:
        """The id of a person, the same in each of his tables."""
        return self.base[Beneficiaire] + rank

    def each_order(self) -> Iterator[Order]:
        """All orders, person by person; the first persons are those whose order of today is due."""
        for rank in range(self.orders):
            person, turn = divmod(rank, ORDERS_A_PERSON)
            if turn < ORDERS_A_PERSON - 1:
                yield Order(rank + 1, person + 1, PAST[turn], None)
            elif person < self.due * len(self.due_states):
                state = self.due_states[person % len(self.due_states)]
                due_in = -timedelta(seconds=person % 50, microseconds=person)
                yield Order(rank + 1, person + 1, MAY_BE_DUE[state], due_in)
            else:
                story = MIX[person % len(MIX)]
                due_in = timedelta(minutes=person % 97 + 10) if story.waits else None
                yield Order(rank + 1, person + 1, story, due_in)

    def reference(self, order: Order) -> str:
        return f"{self.base[Commande] + order.rank:010X}"

    # Each of these gives the rows of one table, as the text of their varying columns.

    def beneficiaires(self) -> Iterator[str]:
        for rank in range(1, self.persons + 1):
            person = self.person(rank)
            yield f"{person}\t{person:010X}\t{nir(person, sex='1')}\tMARTIN-{person}"

    def assures(self) -> Iterator[str]:
        for rank in range(1, self.persons + 1):
            person = self.person(rank)
            yield f"{person}\t{person}\tmasse{person}@courriel.example"

    def ids(self, *, repeated: int) -> Iterator[str]:
        """Rows that only name the person, as their own id and in other columns."""
        for rank in range(1, self.persons + 1):
            yield "\t".join([str(self.person(rank))] * repeated)

    def users(self) -> Iterator[str]:
        base = self.base[User]
        for rank in range(1, self.persons + 1):
            person = self.person(rank)
            yield f"{base + rank}\t{nir(person, sex='1')}\t{person}"

    def lot_rows(self) -> Iterator[str]:
        counts = dict.fromkeys(self.lots, 0)
        for order in self.each_order():
            if order.story in counts:
                counts[order.story] += 1
        base = self.base[LotFabrication]
        for story, rank in self.lots.items():
            yield f"{base + rank}\t{self.first_lot + rank}\t{self.stories[story][3]}\t{counts[story]}"

    def commandes(self) -> Iterator[str]:
        now = self.now
        for order in self.each_order():
            story = order.story
            instants, person = self.stories[story], self.person(order.person)
            lot = self.base[LotFabrication] + self.lots[story] if story in self.lots else r"\N"
            delivered = instants[5] if len(instants) > 5 else r"\N"
            due = r"\N" if order.due_in is None else (now + order.due_in).isoformat()
            yield "\t".join(
                (
                    str(self.base[Commande] + order.rank), self.reference(order), story.state.value,
                    str(len(instants)), str(person), str(person), str(person), story.motif.value,
                    instants[0], instants[0], instants[0], instants[0], str(lot), delivered, due,
                )
            )  # fmt: skip

    def events(self) -> Iterator[str]:
        number_of_row = self.base[CommandeEvent]
        for order in self.each_order():
            subject = self.base[Commande] + order.rank
            for number, ((before, after, actor), at) in enumerate(
                zip(order.story.moves, self.stories[order.story], strict=True), 1
            ):
                number_of_row += 1
                yield (
                    f"{number_of_row}\t{subject}\t{number}\t{before.value}\t{after.value}\t{at}\t{actor.value}"
                )

    def told(self) -> Iterator[tuple[Order, int, str, str]]:
        """What authors were told: the order, the event's number, the notice, when."""
        for order in self.each_order():
            instants = self.stories[order.story]
            for number, (before, after, _actor) in enumerate(order.story.moves, 1):
                if notice := NOTICES.get((before, after)):
                    yield order, number, notice.value, instants[number - 1]

    def messages(self) -> Iterator[str]:
        base = self.base[Message]
        for rank, (order, number, notice, at) in enumerate(self.told(), 1):
            about = f"commande {self.reference(order)} n° {number}"
            person = self.person(order.person)
            yield f"{base + rank}\t{base + rank:010X}\t{person}\t{notice}\t{about}\t{notice}\t{at}"

    def mails(self) -> Iterator[str]:
        base = self.base[OutboxMail]
        for rank, (order, _number, notice, at) in enumerate(self.told(), 1):
            recipient = f"masse{self.person(order.person)}@courriel.example"
            row = base + rank
            yield f"{row}\t<{row}@masse.example>\t{recipient}\t{notice}\t{at}\t{at}\t{at}"

    def made(self) -> Iterator[tuple[int, Order]]:
        """Orders whose card was made, with a number each."""
        shipped = len(TODAY[_C.SHIPPED].hours)
        return enumerate((o for o in self.each_order() if len(o.story.hours) >= shipped), 1)

    def cartes(self) -> Iterator[str]:
        base = self.base[Carte]
        for rank, order in self.made():
            card, instants, person = order.story.card, self.stories[order.story], self.person(order.person)
            state = card[-1][1] if card else _K.IN_TRANSIT
            in_use = instants[-1] if card else r"\N"
            yield (
                f"{base + rank}\t{person}\t{self.base[Commande] + order.rank}\t{state.value}\t{len(card)}"
                f"\t80251{base + rank:011d}\tMARTIN-{person}\t{nir(person, sex='1')}\t{in_use}"
            )

    def carte_events(self) -> Iterator[str]:
        number_of_row = self.base[CarteEvent]
        for rank, order in self.made():
            last = order.story.instant(self.now, -1)
            for number, (before, after, actor, hours) in enumerate(order.story.card, 1):
                number_of_row += 1
                at = (last + timedelta(hours=hours)).isoformat()
                carte = self.base[Carte] + rank
                move = f"{before.value}\t{after.value}\t{at}\t{actor.value}"
                yield f"{number_of_row}\t{carte}\t{number}\t{move}"


Rows = Callable[[], Iterable[str]]


def tables(filling: Filling) -> list[tuple[Table, Rows]]:
    """What is written where, in this order."""
    caisse, long_ago = filling.caisse, datetime(2020, 1, 1, tzinfo=UTC)
    event = ("id", "subject_id", "number", "from_state", "to_state", "at", "actor")
    lines = ["Camille MARTIN", "12 RUE DES LILAS", "01000 Bourg-en-Bresse"]
    adresse = {"voie": lines[1], "code_postal": "01000", "commune": "Bourg-en-Bresse"}
    civil = {"prenoms": "Camille Jeanne", "date_naissance": date(1985, 1, 15)}
    no_csv = {"csv": "", "sha256": hashlib.sha256(b"").hexdigest()}
    text = {"text": "Bonjour", "html": "<p>Bonjour</p>", "attempts": 1}
    return [
        (Table(Beneficiaire, ("id", "reference", "nir", "nom"), **civil), filling.beneficiaires),
        (Table(Assure, ("id", "beneficiaire_id", "email"), caisse_id=caisse.pk), filling.assures),
        (
            Table(Rattachement, ("id", "assure_id", "beneficiaire_id"), lien=Lien.SOI.value),
            lambda: filling.ids(repeated=3),
        ),
        (
            Table(Adresse, ("id", "assure_id"), **adresse, given_at=long_ago, usable_at=long_ago),
            lambda: filling.ids(repeated=2),
        ),
        (Table(User, ("id", "identifiant", "assure_id"), password="!"), filling.users),
        (Table(LotFabrication, ("id", "number", "sealed_at", "count"), **no_csv), filling.lot_rows),
        (
            Table(
                Commande,
                (
                    "id", "reference", "state", "version", "author_id", "beneficiaire_id", "adresse_id",
                    "motif", "created_at", "touched_at", "submitted_at", "expected_at", "lot_id",
                    "delivered_at", "due_at",
                ),
                caisse_id=caisse.pk,
                adresse_lines=lines,
            ),
            filling.commandes,
        ),
        (Table(CommandeEvent, event), filling.events),
        (
            Table(
                Message,
                ("id", "reference", "assure_id", "notice", "about", "subject", "written_at"),
                body="Bonjour",
            ),
            filling.messages,
        ),
        (
            Table(
                OutboxMail,
                ("id", "message_id", "recipient", "subject", "written_at", "due_at", "sent_at"),
                **text,
            ),
            filling.mails,
        ),
        (
            Table(
                Carte,
                (
                    "id", "beneficiaire_id", "commande_id", "state", "version", "serial", "nom", "nir",
                    "in_use_at",
                ),
                prenoms=civil["prenoms"],
                made_on=long_ago.date(),
                caisse_id=caisse.pk,
            ),
            filling.cartes,
        ),
        (Table(CarteEvent, event), filling.carte_events),
    ]  # fmt: skip


def last_id(model: type[models.Model]) -> int:
    last: int = model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0  # noqa: SLF001
    return last
