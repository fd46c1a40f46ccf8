"""What the layout needs to know of who is signed in."""

from typing import Any

from django.http import HttpRequest


def account(request: HttpRequest) -> dict[str, Any]:
    """Give the signed-in assuré, or None, and how many of his messages are unread.

    Public pages ask the database only when there is a session.
    """
    user = getattr(request, "user", None)
    assure = getattr(user, "assure", None)
    return {"assure": assure, "unread": assure.messages.filter(read_at=None).count() if assure else 0}
