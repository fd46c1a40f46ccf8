"""Drafts that age: when their author is reminded, when they are purged (C3).

Touching a draft starts its clock again. While it waits, ``due_at`` is the next instant something
happens to it, ``deadline_at`` the one it is purged at, ``reminders`` how many of its reminders are behind.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts.enums import Notice
from accounts.notices import Owed, notify
from accounts.sweeps import together
from carte.effacements import erase_drafts
from carte.eligibilite import Facts, examine
from carte.enums import CommandeState, Regle
from carte.models import Commande
from vitale_portal.clock import accelerated


def draft_clock(now: datetime) -> dict[str, Any]:
    """Give the columns of a draft touched at ``now``: its clock starts again."""
    deadline_at = now + accelerated(settings.VITALE_DRAFT_LIFE)
    due_at = next_reminder(now, now) or deadline_at
    return {"touched_at": now, "due_at": due_at, "deadline_at": deadline_at, "reminders": 0}


def reminder_times(touched_at: datetime) -> list[datetime]:
    """Give the instants of the reminders of a draft last touched then, in order."""
    return [touched_at + accelerated(delay) for delay in settings.VITALE_DRAFT_REMINDERS]


def next_reminder(touched_at: datetime, now: datetime) -> datetime | None:
    """Give the first reminder after ``now`` of a draft last touched then; None after the last."""
    return next((at for at in reminder_times(touched_at) if at > now), None)


def touch_draft(commande: Commande, now: datetime) -> None:
    """Start the clock of a draft again, in the caller's transaction; an order that was sent has none."""
    Commande.objects.filter(pk=commande.pk, state=CommandeState.DRAFT).update(**draft_clock(now))


def age_drafts(now: datetime) -> int:
    """Purge the drafts whose time is over, remind of the others that are due; return how many. A sweep."""
    due = Commande.objects.filter(state=CommandeState.DRAFT, due_at__lte=now).order_by("due_at", "pk")
    over = due.filter(deadline_at__lte=now).select_related("caisse").prefetch_related("pieces__pages")
    young = due.filter(deadline_at__gt=now).select_related("author__user", "beneficiaire")
    purged = together("carte.purge_drafts", over, partial(erase_drafts, now=now), now=now)
    reminded = together(
        "carte.remind_drafts", young.prefetch_related("author__adresses"), partial(_remind, now=now), now=now
    )
    return len(purged) + len(reminded)


def _remind(rows: Sequence[Commande], now: datetime) -> None:
    """Send each draft's author the reminder he is owed, one though several are behind, and set what is next.

    While an address waits (E12) there is none: it leaves when the wait is over, unless what comes after it
    comes first. There is none either for a draft he can no longer open (B1).
    """
    waits = {row.pk: _wait(row, now) for row in rows}
    ready = [row for row in rows if waits[row.pk] is None]
    for row in ready:
        row.reminders = sum(at <= now for at in reminder_times(row.touched_at))
    opens = _open_to_their_authors(ready)
    notify((_owed(row) for row in ready if row.pk in opens), at=now)
    for row in rows:
        after = next_reminder(row.touched_at, now) or row.deadline_at
        row.due_at = min((at for at in (after, waits[row.pk]) if at), default=None)
    Commande.objects.bulk_update(rows, ["due_at", "reminders"])


def _wait(row: Commande, now: datetime) -> datetime | None:
    """Give until when the author's address waits; None when none does (E12)."""
    adresses = tuple(row.author.adresses.all())
    facts = Facts(assure=row.author, beneficiaire=row.beneficiaire, adresses=adresses)
    return examine(facts, now, {Regle.ADDRESS_WAIT}).until


def _open_to_their_authors(rows: Sequence[Commande]) -> set[int]:
    """Give the keys of the drafts whose beneficiary is still attached to their author."""
    attached = Commande.objects.filter(author__rattachements__beneficiaire=F("beneficiaire"))
    return set(attached.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))


def _owed(row: Commande) -> Owed:
    about = f"brouillon {row.reference} {row.touched_at:%Y%m%d%H%M%S%f} n° {row.reminders}"
    return Owed(assure=row.author, notice=Notice.BROUILLON_REMINDER, about=about, facts={"commande": row})
