"""Drafts that age (C3): reminders, put off while an address waits, purge with the files."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.enums import Notice
from accounts.models import Assure, Message, OutboxMail, Rattachement
from carte.brouillons import age_drafts, touch_draft
from carte.commandes import NotADraft, acknowledge_conditions, start_draft, submit_commande
from carte.enums import CommandeState, EffacementMotif, PieceKind
from carte.models import Commande, Effacement, Page
from carte.pieces import delete_piece, deposit_piece
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    CommandeFactory,
    PieceFactory,
    assure_ready,
    jpeg,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]
SECOND = timedelta(seconds=1)


def draft(assure: Assure | None = None) -> Commande:
    """A draft whose clock started at ``NOW``."""
    assure = assure or assure_ready()
    return start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)


def waits(assure: Assure, given: timedelta, until: timedelta) -> None:
    """An address given then, usable then (E12); both counted from ``NOW``."""
    AdresseFactory(assure=assure, given_at=NOW + given, usable_at=NOW + until)


def clock(commande: Commande) -> tuple[datetime | None, datetime | None, int]:
    row = Commande.objects.get(pk=commande.pk)
    return row.due_at, row.deadline_at, row.reminders


def reminders() -> list[datetime]:
    written = Message.objects.filter(notice=Notice.BROUILLON_REMINDER).order_by("written_at")
    return list(written.values_list("written_at", flat=True))


def sweep_daily(start: timedelta, end: timedelta) -> None:
    """Run the sweep every day between two instants counted from ``NOW``, the last one left out."""
    for number in range((end - start) // DAY):
        age_drafts(NOW + start + number * DAY)


# --- The clock --------------------------------------------------------------------------------


def test_draft_starts_with_its_clock() -> None:
    assert clock(draft()) == (NOW + DAY, NOW + 30 * DAY, 0)


TOUCHES: dict[str, Callable[[Commande, datetime], Any]] = {
    "touched": touch_draft,
    "resumed": lambda c, now: start_draft(assure=c.author, beneficiaire=c.beneficiaire, now=now),
    "conditions read": lambda c, now: acknowledge_conditions(commande=c, kind=PieceKind.PHOTO, now=now),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_touching_a_draft_starts_its_clock_again(touch: Callable[[Commande, datetime], Any]) -> None:
    row = draft()
    age_drafts(NOW + 2 * DAY)
    assert clock(row) == (NOW + 25 * DAY, NOW + 30 * DAY, 1)
    at = NOW + 3 * DAY
    touch(row, at)
    assert clock(row) == (at + DAY, at + 30 * DAY, 0)
    assert Commande.objects.get().touched_at == at


def test_sent_order_has_no_clock_left() -> None:
    row = whole_draft()
    touch_draft(row, NOW - HOUR)
    submit_commande(commande=row, now=NOW)
    assert clock(row) == (None, None, 0)
    touch_draft(row, NOW)
    assert clock(row) == (None, None, 0)


def test_clock_of_a_draft_is_accelerated(settings: Settings) -> None:
    settings.VITALE_ACCELERATION = 3600
    assert clock(draft()) == (NOW + 24 * SECOND, NOW + 720 * SECOND, 0)


def test_draft_without_reminders_is_only_purged(settings: Settings) -> None:
    settings.VITALE_DRAFT_REMINDERS = []
    assert clock(draft()) == (NOW + 30 * DAY, NOW + 30 * DAY, 0)


# --- Reminders --------------------------------------------------------------------------------

# When the sweep runs, counted from the last touch: how many reminders are sent, and what comes next.
RUNS: dict[str, tuple[timedelta, int, timedelta, int]] = {
    "a second before a day": (DAY - SECOND, 0, DAY, 0),
    "a day": (DAY, 1, 25 * DAY, 1),
    "a second before the 25th": (25 * DAY - SECOND, 1, 25 * DAY, 1),
    "the 25th, down since the first day": (25 * DAY, 1, 30 * DAY, 2),
    "a second before the end": (30 * DAY - SECOND, 1, 30 * DAY, 2),
}


@pytest.mark.parametrize(("at", "sent", "due", "behind"), RUNS.values(), ids=RUNS)
def test_reminder_is_sent_once_whatever_the_sweep_missed(
    at: timedelta, sent: int, due: timedelta, behind: int
) -> None:
    row = draft()
    assert (age_drafts(NOW + at), age_drafts(NOW + at)) == (sent, 0)
    assert reminders() == [NOW + at] * sent
    assert clock(row) == (NOW + due, NOW + 30 * DAY, behind)


def test_sweep_that_runs_all_the_time_reminds_twice_then_purges() -> None:
    draft()
    sweep_daily(0 * DAY, 31 * DAY)
    assert reminders() == [NOW + DAY, NOW + 25 * DAY]
    assert list(Effacement.objects.values_list("at", flat=True)) == [NOW + 30 * DAY]


def test_reminder_of_a_draft_touched_again_is_another_one() -> None:
    row = draft()
    age_drafts(NOW + DAY)
    touch_draft(row, NOW + 2 * DAY)
    age_drafts(NOW + 3 * DAY)
    assert reminders() == [NOW + DAY, NOW + 3 * DAY]


def test_reminder_says_for_whom_and_until_when_and_its_mail_names_nobody() -> None:
    row = draft()
    age_drafts(NOW + DAY)
    message = Message.objects.get()
    assert (message.assure, message.subject) == (
        row.author,
        "Votre commande de carte Vitale n’est pas encore envoyée",
    )
    who = row.beneficiaire
    assert [part in message.body for part in (who.prenom, who.nom, row.reference)] == [True, False, False]
    assert "effacés le 2 décembre 2026 à 10\xa0h\xa000" in message.body
    mail = OutboxMail.objects.get()
    assert [part in mail.text for part in (who.prenom, who.nom, row.reference)] == [False] * 3


# An address that waits (E12), from and until: when the sweep, run every 12 hours, reminds.
WAITS: dict[str, tuple[timedelta, timedelta, list[timedelta]]] = {
    "over before the first": (0 * DAY, DAY, [DAY, 25 * DAY]),
    "over after the first: put off": (0 * DAY, 2 * DAY, [2 * DAY, 25 * DAY]),
    "given on the 24th: the second is put off": (24 * DAY, 26 * DAY, [DAY, 26 * DAY]),
    "over after the second: one for both": (0 * DAY, 26 * DAY, [26 * DAY]),
    "over when the draft is purged": (24 * DAY, 30 * DAY, [DAY]),
}


@pytest.mark.parametrize(("given", "until", "expected"), WAITS.values(), ids=WAITS)
def test_no_reminder_while_an_address_waits(
    given: timedelta, until: timedelta, expected: list[timedelta]
) -> None:
    """C3, E12."""
    row = draft()
    sweep_daily(0 * DAY, given)
    waits(row.author, given, until)
    sweep_daily(given, 31 * DAY)
    assert reminders() == [NOW + at for at in expected]
    assert Effacement.objects.get().at == NOW + 30 * DAY


@pytest.mark.parametrize(("seconds", "sent"), [(-1, 0), (0, 1)])
def test_wait_of_an_address_ends_to_the_second(seconds: int, sent: int) -> None:
    row = draft()
    waits(row.author, -HOUR, 2 * DAY)
    age_drafts(NOW + DAY)
    assert clock(row) == (NOW + 2 * DAY, NOW + 30 * DAY, 0)
    age_drafts(NOW + 2 * DAY + seconds * SECOND)
    assert len(reminders()) == sent


def test_nobody_is_reminded_of_a_draft_he_cannot_open_any_more() -> None:
    """B1."""
    row = draft()
    Rattachement.objects.filter(beneficiaire=row.beneficiaire).delete()
    age_drafts(NOW + DAY)
    assert (reminders(), clock(row)) == ([], (NOW + 25 * DAY, NOW + 30 * DAY, 1))


# --- The purge --------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "left"), [(-1, 1), (0, 0), (1, 0)])
def test_draft_is_purged_after_30_days_to_the_second(seconds: int, left: int) -> None:
    draft()
    age_drafts(NOW + 30 * DAY + seconds * SECOND)
    assert Commande.objects.count() == left


def test_purged_draft_leaves_one_line_of_the_log(
    stored_files: Callable[[], set[str]], django_capture_on_commit_callbacks: Any
) -> None:
    row = whole_draft()
    touch_draft(row, NOW)
    kept = PieceFactory(commande=CommandeFactory(state=CommandeState.SUBMITTED))
    at = NOW + 40 * DAY
    with django_capture_on_commit_callbacks(execute=True):
        assert (age_drafts(at), age_drafts(at)) == (1, 0)
    (logged,) = Effacement.objects.values_list("reference", "caisse", "motif", "files", "at")
    assert logged == (row.reference, row.caisse_id, EffacementMotif.DRAFT, 2, at)
    assert list(Commande.objects.all()) == [kept.commande]
    assert stored_files() == set(Page.objects.values_list("file", flat=True))
    assert reminders() == []


def test_files_of_a_draft_stay_until_the_purge_is_committed(stored_files: Callable[[], set[str]]) -> None:
    touch_draft(whole_draft(), NOW)
    age_drafts(NOW + 30 * DAY)
    assert (Page.objects.count(), len(stored_files())) == (0, 2)


def test_empty_draft_is_logged_too() -> None:
    row = draft()
    age_drafts(NOW + 30 * DAY)
    assert list(Effacement.objects.values_list("reference", "files")) == [(row.reference, 0)]


def test_order_that_was_sent_is_never_purged() -> None:
    row = whole_draft()
    submit_commande(commande=row, now=NOW)
    assert (age_drafts(NOW + 365 * DAY), Commande.objects.count()) == (0, 1)


def test_purged_draft_can_be_started_again() -> None:
    row = draft()
    age_drafts(NOW + 30 * DAY)
    again = start_draft(assure=row.author, beneficiaire=row.beneficiaire, now=NOW + 31 * DAY)
    assert (again.reference == row.reference, Commande.objects.get()) == (False, again)


def test_sweep_of_many_drafts_costs_no_more_queries() -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            draft()
        with CaptureQueriesContext(connection) as found:
            age_drafts(NOW + 30 * DAY)
        return len(found)

    assert queries(1) == queries(3)


LATE: dict[str, Callable[[Commande], Any]] = {
    "sending": lambda row: submit_commande(commande=row, now=NOW),
    "depositing": lambda row: deposit_piece(
        commande=row, kind=PieceKind.PHOTO, data=jpeg(), label="moi.jpg", now=NOW
    ),
    "deleting a piece": lambda row: delete_piece(commande=row, kind=PieceKind.PHOTO, now=NOW),
}


@pytest.mark.parametrize("act", LATE.values(), ids=LATE)
def test_act_on_a_draft_purged_meanwhile_is_refused_and_leaves_no_file(
    act: Callable[[Commande], Any], stored_files: Callable[[], set[str]]
) -> None:
    row = draft()
    age_drafts(NOW + 30 * DAY)
    with pytest.raises(NotADraft):
        act(row)
    assert (Commande.objects.count(), stored_files()) == (0, set())


# --- On screen --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["order_resume", "order_photo", "order_identite", "order_validation"])
def test_address_of_a_purged_draft_says_what_happened(
    assure: Assure, assure_client: Client, name: str
) -> None:
    row = draft(assure)
    age_drafts(NOW + 30 * DAY)
    answer = assure_client.get(reverse(name, args=[row.reference]))
    assert (answer.status_code, answer.templates[0].name) == (404, "carte/brouillon_efface.html")


def test_draft_purged_while_it_is_sent_says_what_happened(
    assure: Assure, assure_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = whole_draft(author=assure)
    touch_draft(row, NOW)

    def late(**sent: Any) -> Commande:
        age_drafts(NOW + 30 * DAY)
        return submit_commande(**sent)

    monkeypatch.setattr("carte.views.order.submit_commande", late)
    ticks = {"adresse": "on", "statement": "on"}
    answer = assure_client.post(reverse("order_validation", args=[row.reference]), ticks, follow=True)
    assert (answer.status_code, answer.templates[0].name) == (404, "carte/brouillon_efface.html")


def test_address_of_an_order_of_someone_else_says_nothing(assure_client: Client) -> None:
    row = draft()
    answer = assure_client.get(reverse("order_resume", args=[row.reference]))
    assert (answer.status_code, answer.templates[0].name) == (404, "404.html")
