"""How long a piece to replace is waited for, and when its author is reminded: pure times (D2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from vitale_portal.clock import accelerated

# What an order that leaves a state which ends by itself no longer waits for.
SETTLED: Mapping[str, Any] = {"due_at": None, "deadline_at": None, "reminders": 0}


def correction_milestones(now: datetime) -> dict[str, Any]:
    """Give the columns of an order whose piece is refused at ``now``: first reminder, and the end."""
    deadline_at = now + accelerated(settings.VITALE_CORRECTION_TIME)
    return {"deadline_at": deadline_at, "reminders": 0, "due_at": correction_due_at(deadline_at, 0)}


def correction_due_at(deadline_at: datetime, reminders: int) -> datetime:
    """Give the next instant that matters once so many reminders are sent: the next one, or the end."""
    ahead = settings.VITALE_CORRECTION_REMINDERS[reminders:]
    return deadline_at - accelerated(ahead[0]) if ahead else deadline_at
