"""Production: the lot, the simulated centre and post, sweeps twice or late (D5, D6, section 10)."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import SetAside
from carte.enums import CarteState, CommandeState
from carte.fabrication import deliver_due, next_lot_at, seal_lot, ship_due
from carte.fabrication.lots import answer_at
from carte.models import Carte, Commande, LotFabrication
from tests.factories import DAY, HOUR, NOW, CarteFactory, CommandeFactory
from vitale_portal.dates import PARIS

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ACCEPTED, IN_PRODUCTION = CommandeState.ACCEPTED, CommandeState.IN_PRODUCTION
SHIPPED, DELIVERED = CommandeState.SHIPPED, CommandeState.DELIVERED


def in_paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


# Accepted at (Paris), then the lot (Paris, and in UTC).
LOTS = {
    "Monday morning": ("2026-11-02 10:00", "2026-11-02 18:00", "17:00"),
    "a second before": ("2026-11-02 17:59:59", "2026-11-02 18:00", "17:00"),
    "on the second": ("2026-11-02 18:00", "2026-11-03 18:00", "17:00"),
    "Sunday evening in UTC, Monday in Paris": ("2026-11-02 00:30", "2026-11-02 18:00", "17:00"),
    "Friday evening": ("2026-11-06 18:00", "2026-11-09 18:00", "17:00"),
    "Saturday": ("2026-11-07 09:00", "2026-11-09 18:00", "17:00"),
    "Sunday": ("2026-11-08 23:59:59", "2026-11-09 18:00", "17:00"),
    "11 November": ("2026-11-11 09:00", "2026-11-12 18:00", "17:00"),
    "the eve of Christmas": ("2026-12-24 18:00", "2026-12-28 18:00", "17:00"),
    "Christmas": ("2026-12-25 09:00", "2026-12-28 18:00", "17:00"),
    "the last of the year": ("2026-12-31 18:00", "2027-01-04 18:00", "17:00"),
    "New Year": ("2027-01-01 00:00", "2027-01-04 18:00", "17:00"),
    "the eve of 14 July": ("2026-07-13 18:00", "2026-07-15 18:00", "16:00"),
    "14 July": ("2026-07-14 12:00", "2026-07-15 18:00", "16:00"),
    "over the change to winter": ("2026-10-23 18:00", "2026-10-26 18:00", "17:00"),
    "over the change to summer": ("2026-03-27 18:00", "2026-03-30 18:00", "16:00"),
    "the night of the change, hour told twice": ("2026-10-25 02:30", "2026-10-26 18:00", "17:00"),
    "Easter Monday": ("2027-03-27 10:00", "2027-03-30 18:00", "16:00"),
}


@pytest.mark.parametrize(("accepted", "lot", "utc"), LOTS.values(), ids=LOTS)
def test_lot_is_made_at_18_h_of_a_working_day(accepted: str, lot: str, utc: str) -> None:
    found = next_lot_at(in_paris(accepted).astimezone(UTC))
    assert (found, f"{found.astimezone(UTC):%H:%M}") == (in_paris(lot), utc)


# Of a day of 24 seconds, how many are left.
DAYS = {"Sunday": ("2026-11-08 12:00", 24), "Christmas": ("2026-12-25 12:00:10", 14)}


@pytest.mark.parametrize(("moment", "left"), DAYS.values(), ids=DAYS)
def test_lot_is_made_every_day_when_time_is_accelerated(settings: Settings, moment: str, left: int) -> None:
    settings.VITALE_ACCELERATION = 3600
    assert next_lot_at(in_paris(moment)) == in_paris(moment) + left * SECOND


# --- The lot -----------------------------------------------------------------------------------


def accepted(**fields: Any) -> Commande:
    return CommandeFactory(**{"state": ACCEPTED, "due_at": NOW} | fields)


def states() -> list[str]:
    return list(Commande.objects.order_by("pk").values_list("state", flat=True))


def test_lot_is_numbered_counted_and_sealed() -> None:
    rows = [accepted(submitted_at=NOW - days * DAY, sans_photo=days == 2) for days in (2, 3)]
    lot = seal_lot(NOW)
    line = (
        "{0.reference};{1.nir};{1.nom};Camille Jeanne;1985-01-15;{2};"
        "{1} / 12 RUE DES LILAS / 01000 Bourg-en-Bresse"
    )
    photos = {False: "oui", True: "non"}  # P7
    lines = [line.format(row, row.beneficiaire, photos[row.sans_photo]) for row in reversed(rows)]
    head = "reference;nir;nom;prenoms;naissance;avec_photo;adresse"
    assert lot.csv == "".join(f"{text}\r\n" for text in (head, *lines))
    assert (lot.number, lot.count, lot.sealed_at) == (1, 2, NOW)
    assert lot.sha256 == hashlib.sha256(lot.csv.encode()).hexdigest()
    for row in rows:
        row.refresh_from_db()
        event = row.events.last()
        assert (row.state, row.lot) == (IN_PRODUCTION, lot)
        assert (event.actor, event.at) == ("SYSTEM", NOW)


def test_lot_quotes_what_would_break_a_line() -> None:
    accepted(adresse_lines=["Ada; Lovelace", 'LE "MOULIN"'])
    last = seal_lot(NOW).csv.splitlines()[-1]
    assert last.endswith(';oui;"Ada; Lovelace / LE ""MOULIN"""')


DUE = {"a second early": (NOW + SECOND, False), "due": (NOW, True), "three days late": (NOW - 3 * DAY, True)}


@pytest.mark.parametrize(("due_at", "made"), DUE.values(), ids=DUE)
def test_lot_waits_for_its_instant(due_at: datetime, *, made: bool) -> None:
    accepted(due_at=due_at)
    assert (seal_lot(NOW) is not None) is made


def test_lot_takes_what_is_due_and_nothing_else() -> None:
    accepted()
    accepted(due_at=NOW - DAY)
    accepted(due_at=NOW + SECOND)
    CommandeFactory(state=CommandeState.IN_REVIEW, due_at=NOW)
    assert seal_lot(NOW).count == 2
    assert states() == [IN_PRODUCTION, IN_PRODUCTION, ACCEPTED, CommandeState.IN_REVIEW]


def test_order_that_cannot_go_into_the_lot_steps_aside() -> None:
    rows = [accepted(submitted_at=NOW - n * HOUR) for n in (3, 2, 1)]
    Commande.objects.filter(pk=rows[1].pk).update(adresse_lines=[None])
    lot = seal_lot(NOW)
    assert (lot.number, lot.count, states()) == (1, 2, [IN_PRODUCTION, ACCEPTED, IN_PRODUCTION])
    assert [line[:10] for line in lot.csv.splitlines()[1:]] == [rows[0].reference, rows[2].reference]
    aside = SetAside.objects.get()
    assert (aside.sweep, aside.object_id, aside.retry_at) == ("carte.lot", rows[1].pk, NOW + MINUTE)
    Commande.objects.filter(pk=rows[1].pk).update(adresse_lines=["ADA"])
    assert (seal_lot(NOW + MINUTE).number, SetAside.objects.count()) == (2, 0)


def test_lot_that_nothing_can_go_into_leaves_no_hole() -> None:
    accepted(adresse_lines=[None])
    assert (seal_lot(NOW), LotFabrication.objects.count(), SetAside.objects.count()) == (None, 0, 1)
    accepted()
    assert seal_lot(NOW).number == 1


def test_lots_are_numbered_one_after_the_other_and_made_once() -> None:
    accepted()
    first, again = seal_lot(NOW), seal_lot(NOW)
    accepted()
    assert (first.number, again, seal_lot(NOW + DAY).number) == (1, None, 2)


# --- The centre --------------------------------------------------------------------------------


def made(state: CommandeState = IN_PRODUCTION, **fields: Any) -> Commande:
    return CommandeFactory(**{"state": state, "due_at": NOW} | fields)


def test_centre_answers_card_by_card_within_two_days() -> None:
    """D5."""
    rows = [accepted() for _ in range(12)]
    seal_lot(NOW)
    answers = {row.pk: row.due_at for row in Commande.objects.all()}
    assert len(set(answers.values())) > 3
    assert all(NOW < due_at <= NOW + 48 * HOUR for due_at in answers.values())
    assert {row.pk: answer_at(row, NOW) for row in rows} == answers  # asked again, the same


def test_ship_makes_one_card_with_the_face_of_the_day() -> None:
    """D6."""
    commande = made()
    commande.beneficiaire.nom = "DURAND-MARTIN"
    commande.beneficiaire.save()
    assert [ship_due(NOW), ship_due(NOW)] == [1, 0]
    carte = Carte.objects.get()
    who = carte.beneficiaire
    assert (carte.commande, who, carte.state) == (commande, commande.beneficiaire, CarteState.IN_TRANSIT)
    assert (carte.nom, carte.prenoms, carte.nir) == ("DURAND-MARTIN", who.prenoms, who.nir)
    assert (carte.caisse, carte.with_photo, carte.has_right_face) == (commande.caisse, True, True)
    commande.refresh_from_db()
    assert (commande.state, commande.due_at) == (SHIPPED, NOW + 72 * HOUR)
    assert commande.events.last().actor == "CENTRE"


def test_order_without_photo_makes_a_card_without_photo() -> None:
    """P7."""
    commande = made(sans_photo=True)
    ship_due(NOW)
    assert commande.carte.with_photo is False


def test_serials_are_of_16_digits_and_differ() -> None:
    for _ in range(3):
        made()
    ship_due(NOW)
    serials = set(Carte.objects.values_list("serial", flat=True))
    assert [(len(serial), serial.isdecimal()) for serial in serials] == [(16, True)] * 3


def test_card_is_made_on_the_day_in_paris() -> None:
    late = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
    made()
    ship_due(late)
    assert Carte.objects.get().made_on == date(2026, 11, 3)


# --- The post ----------------------------------------------------------------------------------


def on_its_way(**fields: Any) -> Commande:
    return made(SHIPPED, **fields)


def test_deliver_puts_the_card_in_use_and_ends_the_order() -> None:
    commande = on_its_way()
    assert [deliver_due(NOW), deliver_due(NOW)] == [1, 0]
    commande.refresh_from_db()
    carte = Carte.objects.get()
    assert (commande.state, commande.delivered_at, commande.deadline_at) == (DELIVERED, NOW, None)
    assert (carte.state, carte.in_use_at, carte.version) == (CarteState.IN_USE, NOW, 1)
    events = [commande.events.last(), carte.events.get()]
    assert [(event.to_state, event.actor, event.reason) for event in events] == [
        (DELIVERED, "POST", ""),
        (CarteState.IN_USE, "POST", ""),
    ]


def test_deliver_ends_the_card_kept_for_a_new_face_and_no_other() -> None:
    """D6: at most one card in use."""
    commande = on_its_way()
    old = CarteFactory(beneficiaire=commande.beneficiaire, face_changed=True)
    lost = CarteFactory(beneficiaire=commande.beneficiaire, opposed=True)
    other = CarteFactory()
    deliver_due(NOW)
    found = dict(Carte.objects.values_list("pk", "state"))
    assert [found[carte.pk] for carte in (old, lost, other, commande.carte)] == [
        CarteState.ENDED,
        CarteState.OPPOSED,
        CarteState.IN_USE,
        CarteState.IN_USE,
    ]
    assert old.events.get().to_state == CarteState.ENDED


def test_delivery_is_presumed_ten_days_after_shipping_without_the_post(settings: Settings) -> None:
    """D5."""
    settings.VITALE_SIMULATION = False
    commande = made()
    ship_due(NOW)
    assert [deliver_due(NOW + 10 * DAY - SECOND), deliver_due(NOW + 10 * DAY)] == [0, 1]
    events = [commande.events.last(), commande.carte.events.get()]
    assert [(event.actor, event.reason) for event in events] == [("SYSTEM", "réception présumée")] * 2


def test_centre_is_awaited_without_the_simulation(settings: Settings) -> None:
    settings.VITALE_SIMULATION = False
    commande = accepted()
    seal_lot(NOW)
    commande.refresh_from_db()
    assert (commande.state, commande.due_at, ship_due(NOW + 99 * DAY)) == (IN_PRODUCTION, None, 0)


# --- Time --------------------------------------------------------------------------------------


def sweeps(now: datetime) -> None:
    """Beat, in an order that could cascade."""
    seal_lot(now)
    ship_due(now)
    deliver_due(now)


def life(commande: Commande) -> list[tuple[str, datetime]]:
    """What happened from the lot on."""
    return list(commande.events.filter(number__gt=3).values_list("to_state", "at"))


def test_life_of_an_order_from_the_lot_to_the_hand() -> None:
    commande = accepted()
    answer = answer_at(commande, NOW)
    for hours in range(24 * 6):
        sweeps(NOW + hours * HOUR)
    assert life(commande) == [(IN_PRODUCTION, NOW), (SHIPPED, answer), (DELIVERED, answer + 72 * HOUR)]
    assert [m.notice for m in commande.author.messages.order_by("written_at")] == [
        "commande_in_production",
        "commande_shipped",
        "commande_delivered",
    ]


def test_life_is_faster_when_time_is_accelerated(settings: Settings) -> None:
    settings.VITALE_ACCELERATION = 3600
    commande = accepted()
    answer = answer_at(commande, NOW)
    for seconds in range(24 * 6):
        sweeps(NOW + seconds * SECOND)
    assert life(commande) == [(IN_PRODUCTION, NOW), (SHIPPED, answer), (DELIVERED, answer + 72 * SECOND)]


@pytest.mark.parametrize("state", [ACCEPTED, IN_PRODUCTION, SHIPPED])
def test_beat_down_for_three_days_catches_up_once(state: CommandeState) -> None:
    commande = made(state)
    back = NOW + 3 * DAY
    for _ in range(3):
        sweeps(back)
    after = {ACCEPTED: IN_PRODUCTION, IN_PRODUCTION: SHIPPED, SHIPPED: DELIVERED}[state]
    assert commande.events.filter(at=back).values_list("to_state", flat=True).get() == after
    assert commande.author.messages.count() == 1


def test_lots_missed_are_one_lot_when_beat_is_back() -> None:
    for days in range(3):
        accepted(due_at=NOW + days * DAY)
    for _ in range(3):
        sweeps(NOW + 3 * DAY)
    assert list(LotFabrication.objects.values_list("number", "count")) == [(1, 3)]


@pytest.mark.parametrize(
    ("sweep", "state"), [(ship_due, IN_PRODUCTION), (deliver_due, SHIPPED)], ids=["centre", "post"]
)
def test_sweep_goes_on_in_batches(
    monkeypatch: pytest.MonkeyPatch, sweep: Callable[[datetime], int], state: CommandeState
) -> None:
    monkeypatch.setattr("carte.fabrication.centre.BATCH", 2)
    monkeypatch.setattr("carte.fabrication.poste.BATCH", 2)
    for _ in range(3):
        made(state)
    assert [sweep(NOW), sweep(NOW), sweep(NOW)] == [2, 1, 0]
