"""What the layout needs to know of who is signed in."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.reprises import waiting
from accounts.sessions import seconds_left


def account(request: HttpRequest) -> dict[str, Any]:
    """Give the signed-in assuré, or None, how many of his messages are unread, and what of his session shows.

    Public pages ask the database only when there is a session.
    """
    user = getattr(request, "user", None)
    assure = getattr(user, "assure", None)
    now = timezone.now()
    return {
        "assure": assure,
        "unread": assure.messages.filter(read_at=None).count() if assure else 0,
        "session_left": seconds_left(request, now) if user and user.is_authenticated else None,
        "session_times": {
            "idle": settings.SESSION_COOKIE_AGE // 60,
            "longest": settings.VITALE_SESSION_LONGEST // timedelta(hours=1),
            "kept": settings.VITALE_REPRISE_TIME // timedelta(minutes=1),
        },
        "reprise_waits": bool(user and user.is_authenticated and waiting(request, now)),
    }
