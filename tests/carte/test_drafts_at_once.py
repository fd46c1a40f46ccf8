"""Sweeps of drafts and erasures against people, and against themselves: on PostgreSQL (C3, P6)."""

from pathlib import Path

import pytest

from accounts.enums import Notice
from accounts.models import Message
from carte.brouillons import age_drafts, touch_draft
from carte.commandes import NotADraft, start_draft, submit_commande
from carte.effacements import erase_due
from carte.enums import CommandeState, PieceKind
from carte.models import Commande, Effacement, Page, Piece
from tests.factories import DAY, NOW, CommandeFactory, PieceFactory, assure_ready, whole_draft
from tests.test_concurrency import at_once

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("pieces_root"),
]
END = NOW + 30 * DAY
ROUNDS = range(5)


def whole(root: Path) -> bool:
    """Whether each page has its file, and each file its page."""
    stored = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return stored == set(Page.objects.values_list("file", flat=True))


def left(draft: Commande) -> tuple[int, int, int]:
    """How many orders, pieces and lines of the log there are of a draft."""
    logged = Effacement.objects.filter(reference=draft.reference)
    return (
        Commande.objects.filter(pk=draft.pk).count(),
        Piece.objects.filter(commande_id=draft.pk).count(),
        logged.count(),
    )


def test_six_sweeps_at_once_remind_each_author_once() -> None:
    for _ in range(12):
        assure = assure_ready()
        start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=NOW)
    answers = at_once([lambda: age_drafts(NOW + DAY)] * 6)
    assert (sum(answers), Message.objects.filter(notice=Notice.BROUILLON_REMINDER).count()) == (12, 12)


def test_draft_touched_while_it_is_purged_stays_whole_or_goes_whole(pieces_root: Path) -> None:
    for _ in ROUNDS:
        draft = whole_draft()
        touch_draft(draft, NOW)
        answers = at_once([lambda: age_drafts(END), lambda: touch_draft(draft, END), lambda: age_drafts(END)])  # noqa: B023
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert left(draft) in {(1, 2, 0), (0, 0, 1)}
    assert whole(pieces_root)


def test_draft_sent_while_it_is_purged_is_sent_or_purged(pieces_root: Path) -> None:
    for _ in ROUNDS:
        draft = whole_draft()
        touch_draft(draft, NOW)
        sent, _ = at_once([lambda: submit_commande(commande=draft, now=END), lambda: age_drafts(END)])  # noqa: B023
        assert left(draft) == ((0, 0, 1) if isinstance(sent, NotADraft) else (1, 2, 0))
        assert isinstance(sent, NotADraft) or sent.state == CommandeState.SUBMITTED
    assert whole(pieces_root)


def test_draft_resumed_while_it_is_purged_is_there_to_go_on_with() -> None:
    for _ in ROUNDS:
        assure = assure_ready()
        facts = {"assure": assure, "beneficiaire": assure.beneficiaire}
        start_draft(**facts, now=NOW)
        resumed, _ = at_once([lambda: start_draft(**facts, now=END), lambda: age_drafts(END)])  # noqa: B023
        assert Commande.objects.filter(author=assure, touched_at=END).get() == resumed


def test_four_sweeps_at_once_erase_and_log_each_order_once(pieces_root: Path) -> None:
    for _ in range(6):
        row = CommandeFactory(state=CommandeState.CANCELLED, due_at=NOW)
        PieceFactory(commande=row, kind=PieceKind.PHOTO)
    answers = at_once([lambda: erase_due(NOW)] * 4)
    assert (sum(answers), Effacement.objects.count(), Piece.objects.count()) == (6, 6, 0)
    assert whole(pieces_root)
