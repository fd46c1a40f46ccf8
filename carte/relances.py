"""Orders that wait for a correction: when their author is reminded, when they end (D2)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from accounts.enums import Notice
from accounts.notices import Owed, notify
from accounts.sweeps import together
from carte.annulation import UNHELD
from carte.echeances import correction_due_at
from carte.enums import CommandeState
from carte.fabrication.prise import taker
from carte.models import Commande
from carte.motifs import MotifList, encode
from vitale_portal.transitions import Actor, Step, move_batch

NOT_CORRECTED = encode({MotifList.LAPSE: ["NOT_CORRECTED"]})


def remind_and_close(now: datetime) -> int:
    """Cancel the orders nobody corrected in time, remind of the others; return how many. A sweep (D2)."""
    due = Commande.objects.filter(state=CommandeState.TO_CORRECT, due_at__lte=now).order_by("due_at", "pk")
    over = due.filter(deadline_at__lte=now)
    young = due.filter(deadline_at__gt=now).select_related("author__user", "beneficiaire")
    closed = together("carte.close_corrections", over, partial(_close, now=now), now=now, take=taker(over))
    reminded = together("carte.remind_corrections", young, partial(_remind, now=now), now=now)
    return len(closed) + len(reminded)


def _close(rows: Sequence[Commande], now: datetime) -> None:
    step = Step(to=CommandeState.CANCELLED, actor=Actor.SYSTEM, at=now, reason=NOT_CORRECTED, changes=UNHELD)
    move_batch(rows, step)


def _remind(rows: Sequence[Commande], now: datetime) -> None:
    """Remind each author once, though several reminders are behind, and set what comes next."""
    for row in rows:
        deadline_at = row.deadline_at or now
        row.due_at = row.due_at or deadline_at
        while row.due_at < deadline_at and row.due_at <= now:
            row.reminders += 1
            row.due_at = correction_due_at(deadline_at, row.reminders)
    notify((_owed(row) for row in rows), at=now)
    Commande.objects.bulk_update(rows, ["due_at", "reminders"])


def _owed(row: Commande) -> Owed:
    about = f"commande {row.reference} n° {row.version} rappel {row.reminders}"
    return Owed(assure=row.author, notice=Notice.CORRECTION_REMINDER, about=about, facts={"commande": row})
