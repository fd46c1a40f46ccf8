"""Correcting an order: what is asked again, what takes its place, sending it again (D2, P7)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.enums import Notice
from accounts.models import Agent, Assure, Lettre, Message, OutboxMail
from accounts.notices import Owed, notify
from carte.annulation import cancel_by_author
from carte.controle import accept, ask_correction, claim_next
from carte.corrections import (
    Incomplete,
    NotAsked,
    correct_piece,
    missing,
    name_correction,
    new_piece,
    put_correction,
    refused_pieces,
    send_correction,
    take_back,
)
from carte.enums import CommandeState, IdentiteNature, PieceKind, SansPhotoReason
from carte.images import PictureRefused
from carte.models import Commande, Page, Piece
from carte.motifs import MotifList, decode
from carte.pieces import turn_piece
from carte.relances import remind_and_close
from carte.sans_photo import Explanation, store_explanation
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    CommandeFactory,
    PieceFactory,
    assure_ready,
    explained,
    jpeg,
    to_correct,
)
from vitale_portal.transitions import NotInTable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

PHOTO, IDENTITE = PieceKind
SECOND = timedelta(seconds=1)
EYES, EXPIRED = {PHOTO: ["EYES"]}, {IDENTITE: ["EXPIRED"]}
WORDS = Explanation(SansPhotoReason.MEDICAL, "Un appareil couvre mon visage jusqu’à l’été.")
_C = CommandeState


def deposit(commande: Commande, kind: PieceKind = PHOTO) -> Piece:
    return correct_piece(commande=commande, kind=kind, data=jpeg(), label="neuve.jpg", now=NOW)


def explain(commande: Commande) -> Piece:
    reading = store_explanation(commande=commande, explanation=WORDS, now=NOW)
    return put_correction(commande=commande, reading=reading, now=NOW)


def again(commande: Commande) -> Commande:
    return Commande.objects.get(pk=commande.pk)


def send(commande: Commande, at: Any = NOW) -> Commande:
    return send_correction(commande=commande, user=commande.author.user, now=at)


def history(commande: Commande) -> list[tuple[Any, ...]]:
    """Each piece ever there: kind, refused or not, replaced when."""
    rows = Piece.objects.filter(commande=commande).order_by("pk")
    return [(row.kind, row.refused_at is not None, row.replaced_at) for row in rows]


# --- What is asked -----------------------------------------------------------------------------

ASKED = {"photo": EYES, "pièce": EXPIRED, "both": EYES | EXPIRED}


@pytest.mark.parametrize("motifs", ASKED.values(), ids=ASKED)
def test_only_what_was_refused_is_asked(motifs: dict[PieceKind, list[str]]) -> None:
    commande = to_correct(motifs)
    assert list(refused_pieces(commande)) == list(motifs) == missing(commande)


@pytest.mark.parametrize("state", [state for state in _C if state != _C.TO_CORRECT])
def test_nothing_is_asked_in_another_state(state: CommandeState) -> None:
    commande = CommandeFactory(state=state)
    PieceFactory(commande=commande, refused_at=NOW)
    assert (refused_pieces(commande), missing(commande)) == ({}, [])


def test_what_was_refused_an_earlier_time_is_not_asked_again(agent: Agent) -> None:
    commande = to_correct(EYES)
    deposit(commande)
    send(commande)
    held = claim_next(user=agent.user, now=NOW + HOUR)
    motifs = {MotifList.IDENTITE: ["CUT"]}
    ask_correction(commande=held, user=agent.user, version=held.version, motifs=motifs, now=NOW + HOUR)
    row = again(commande)
    assert {kind: piece.refusal for kind, piece in refused_pieces(row).items()} == {IDENTITE: ["CUT"]}


# --- A new piece -------------------------------------------------------------------------------


def test_new_photo_stands_in_the_place_of_the_refused_one_which_stays() -> None:
    commande = to_correct(EYES)
    new = deposit(commande)
    assert history(commande) == [(PHOTO, True, NOW), (IDENTITE, False, None), (PHOTO, False, None)]
    row = again(commande)
    assert (new_piece(row, PHOTO), missing(row), row.state) == (new, [], _C.TO_CORRECT)
    assert refused_pieces(row)[PHOTO].refusal == ["EYES"]


def test_second_new_photo_takes_the_place_of_the_first_whose_file_goes(
    stored_files: Callable[[], set[str]], django_capture_on_commit_callbacks: Any
) -> None:
    commande = to_correct(EYES)
    there = stored_files()
    deposit(commande)
    first = stored_files() - there
    with django_capture_on_commit_callbacks(execute=True):
        deposit(commande)
    assert history(commande) == [(PHOTO, True, NOW), (IDENTITE, False, None), (PHOTO, False, None)]
    assert (len(first), first & stored_files(), len(stored_files())) == (1, set(), len(there) + 1)


def test_new_photo_taken_back_leaves_the_refused_one(django_capture_on_commit_callbacks: Any) -> None:
    commande = to_correct(EYES)
    before = history(commande)
    deposit(commande)
    with django_capture_on_commit_callbacks(execute=True):
        take_back(commande=commande, kind=PHOTO)
        take_back(commande=commande, kind=PHOTO)
    assert (history(commande), missing(again(commande))) == (before, [PHOTO])


def test_file_that_is_refused_changes_nothing(stored_files: Callable[[], set[str]]) -> None:
    """P2."""
    commande = to_correct(EYES)
    before, files = history(commande), stored_files()
    with pytest.raises(PictureRefused):
        correct_piece(commande=commande, kind=PHOTO, data=b"GIF89a", label="a.gif", now=NOW)
    assert (history(commande), stored_files()) == (before, files)


@pytest.mark.parametrize("motifs", [EYES, EXPIRED], ids=["photo", "pièce"])
def test_piece_that_is_kept_can_not_be_changed(motifs: dict[PieceKind, list[str]]) -> None:
    """D2."""
    commande = to_correct(motifs)
    kept = next(kind for kind in PieceKind if kind not in motifs)
    for act in (lambda: deposit(commande, kept), lambda: take_back(commande=commande, kind=kept)):
        with pytest.raises(NotAsked):
            act()


def test_explanation_takes_the_place_of_a_refused_photo_and_flags_the_order() -> None:
    """P7."""
    commande = to_correct(EYES)
    explain(commande)
    assert (missing(again(commande)), send(commande).sans_photo) == ([], True)


def test_photo_takes_the_place_of_a_refused_explanation_and_unflags_the_order() -> None:
    """P7."""
    commande = to_correct(EXPIRED, sans_photo=True)
    commande.pieces.filter(kind=PHOTO).delete()
    piece = explained(commande)
    Piece.objects.filter(pk=piece.pk).update(refused_at=commande.events.last().at, refusal=["INSUFFICIENT"])
    deposit(commande)
    deposit(commande, IDENTITE)
    name_correction(commande=commande, nature=IdentiteNature.PASSEPORT)
    assert send(commande).sans_photo is False


def test_explanation_of_an_order_that_moved_on_leaves_no_file(stored_files: Callable[[], set[str]]) -> None:
    commande = CommandeFactory(state=_C.SUBMITTED)
    before = stored_files()
    with pytest.raises(NotAsked):
        explain(commande)
    assert stored_files() == before


def test_new_piece_is_turned_and_the_refused_one_is_not() -> None:
    commande = to_correct(EXPIRED)
    states = (_C.TO_CORRECT,)
    deposit(commande, IDENTITE)
    turned = turn_piece(commande=commande, kind=IDENTITE, now=NOW, states=states)
    assert (turned.refused_at, turned.width, turned.height) == (None, 400, 300)
    take_back(commande=commande, kind=IDENTITE)
    with pytest.raises(Page.DoesNotExist):
        turn_piece(commande=commande, kind=IDENTITE, now=NOW, states=states)


# --- Sending again -----------------------------------------------------------------------------


def test_order_sent_again_keeps_reference_and_rank(agent: Agent) -> None:
    """D2."""
    commande = to_correct(EYES)
    CommandeFactory(state=_C.SUBMITTED, created_at=NOW - HOUR)  # a younger one waits already
    deposit(commande)
    row = send(commande)
    assert (row.reference, row.submitted_at) == (commande.reference, commande.submitted_at)
    assert (row.state, row.due_at, row.deadline_at, row.reminders) == (_C.SUBMITTED, None, None, 0)
    assert claim_next(user=agent.user, now=NOW) == commande


def test_order_sent_again_may_be_accepted(agent: Agent) -> None:
    commande = to_correct(EYES)
    deposit(commande)
    send(commande)
    held = claim_next(user=agent.user, now=NOW)
    assert accept(commande=held, user=agent.user, version=held.version, now=NOW).state == _C.ACCEPTED


@pytest.mark.parametrize(("told", "after"), [(DAY, 15 * DAY), (20 * DAY, 20 * DAY)], ids=["later", "kept"])
def test_order_sent_again_is_expected_after_the_announced_delay(told: timedelta, after: timedelta) -> None:
    """D7: never sooner than what was told before."""
    commande = to_correct(EYES, expected_at=NOW + told)
    deposit(commande)
    assert send(commande).expected_at == NOW + after


def test_sent_twice_it_is_sent_once() -> None:
    commande = to_correct(EYES)
    deposit(commande)
    versions = [send(commande).version, send(commande).version]
    assert (versions, commande.events.count()) == ([4, 4], 4)


@pytest.mark.parametrize("done", [[], [PHOTO], [IDENTITE]], ids=["none", "photo", "pièce"])
def test_order_is_not_sent_before_each_refused_piece_is_replaced(done: list[PieceKind]) -> None:
    commande = to_correct(EYES | EXPIRED)
    for kind in done:
        deposit(commande, kind)
    with pytest.raises(Incomplete):
        send(commande)
    assert again(commande).state == _C.TO_CORRECT


def test_new_piece_of_identity_says_which_document_it_is_before_it_is_sent() -> None:
    commande = to_correct(EXPIRED)
    deposit(commande, IDENTITE)
    with pytest.raises(Incomplete):
        send(commande)
    name_correction(commande=commande, nature=IdentiteNature.TITRE_SEJOUR)
    send(commande)
    natures = Piece.objects.filter(kind=IDENTITE).order_by("pk").values_list("nature", flat=True)
    assert list(natures) == [IdentiteNature.PASSEPORT, IdentiteNature.TITRE_SEJOUR]


def test_order_cancelled_meanwhile_is_not_sent() -> None:
    commande = to_correct(EYES)
    deposit(commande)
    cancel_by_author(commande=commande, user=commande.author.user, now=NOW)
    for act in (lambda: send(commande), lambda: deposit(commande)):
        with pytest.raises((NotInTable, NotAsked)):
            act()
    assert again(commande).state == _C.CANCELLED


# --- Reminders, and the end --------------------------------------------------------------------

# After so long: state, reminders sent, notices written in all.
TIMES = {
    "a second before the first": (15 * DAY - SECOND, _C.TO_CORRECT, 0, []),
    "the first": (15 * DAY, _C.TO_CORRECT, 1, ["correction_reminder"]),
    "a second before the second": (27 * DAY - SECOND, _C.TO_CORRECT, 1, ["correction_reminder"]),
    "the second, the first never sent": (27 * DAY, _C.TO_CORRECT, 2, ["correction_reminder"]),
    "a second before the end": (30 * DAY - SECOND, _C.TO_CORRECT, 2, ["correction_reminder"]),
    "the end, no reminder sent": (30 * DAY, _C.CANCELLED, 0, ["commande_cancelled"]),
}


@pytest.mark.parametrize(("after", "state", "reminders", "told"), TIMES.values(), ids=TIMES)
def test_author_is_reminded_then_the_order_ends(
    after: timedelta, state: CommandeState, reminders: int, told: list[str]
) -> None:
    commande = to_correct(EYES)
    for _ in range(2):  # a sweep that runs twice does it once
        remind_and_close(NOW + after)
    row = again(commande)
    assert (row.state, row.reminders) == (state, reminders)
    assert list(row.author.messages.values_list("notice", flat=True)) == told
    assert OutboxMail.objects.count() == len(told)


def test_each_reminder_goes_out_once_in_its_time() -> None:
    commande = to_correct(EYES, first_in_queue=True)
    acted = [remind_and_close(NOW + days * DAY) for days in range(32)]
    assert {day: count for day, count in enumerate(acted) if count} == {15: 1, 27: 1, 30: 1}
    notices = commande.author.messages.order_by("written_at").values_list("notice", flat=True)
    assert list(notices) == ["correction_reminder", "correction_reminder", "commande_cancelled"]
    assert (commande.events.last().actor, commande.events.last().reason) == ("SYSTEM", "LAPSE:NOT_CORRECTED")
    assert not again(commande).first_in_queue


def test_time_to_correct_is_accelerated(settings: Settings, agent: Agent) -> None:
    settings.VITALE_ACCELERATION = 3600
    commande = CommandeFactory(state=_C.SUBMITTED)
    held = claim_next(user=agent.user, now=NOW)
    motifs = {MotifList.PHOTO: ["EYES"]}
    ask_correction(commande=held, user=agent.user, version=2, motifs=motifs, now=NOW)
    assert [remind_and_close(NOW + timedelta(seconds=s)) for s in (359, 360, 647, 648, 719, 720)] == [
        0, 1, 0, 1, 0, 1,
    ]  # fmt: skip
    assert again(commande).state == _C.CANCELLED


def test_order_sent_again_is_neither_reminded_of_nor_ended() -> None:
    commande = to_correct(EYES)
    deposit(commande)
    send(commande)
    assert (remind_and_close(NOW + 40 * DAY), again(commande).state) == (0, _C.SUBMITTED)


def test_reminders_of_many_cost_the_same_questions(django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        to_correct(EYES)
    with django_assert_max_num_queries(25):
        assert remind_and_close(NOW + 15 * DAY) == 5


@pytest.mark.parametrize("with_account", [True, False], ids=["message", "letter"])
def test_only_a_letter_sends_one_to_the_caisse(*, with_account: bool) -> None:
    """F10: who has no account has no page to send a piece from."""
    author = assure_ready()
    if not with_account:
        author.user.delete()
        author = Assure.objects.get(pk=author.pk)
    commande = to_correct({PieceKind.PHOTO: ["UNREADABLE"]}, author=author)
    facts = {"commande": commande, "motifs": decode("PHOTO:UNREADABLE")}
    notify([Owed(assure=author, notice=Notice.COMMANDE_TO_CORRECT, about="essai", facts=facts)], at=NOW)
    told = (Message if with_account else Lettre).objects.get(about="essai")
    assert told.subject == "Votre commande de carte Vitale est à compléter"
    words = ("depuis votre compte", "contactez votre caisse", "sa place dans la file")
    assert [one in told.body for one in words] == [with_account, not with_account, True]
