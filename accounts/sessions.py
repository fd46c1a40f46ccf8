"""The open sessions of an account, and when its holder last typed his code (A5, A6, A9)."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from accounts.models import Session, User

RECENT = timedelta(minutes=10)  # A9
TYPED_AT = "code_typed_at"


def end_sessions(user: User, *, keep: str | None) -> int:
    """End the sessions of an account but the one of that key; return how many (A5)."""
    ended, _ = Session.objects.filter(user=user).exclude(session_key=keep).delete()
    return ended


def code_was_typed(request: HttpRequest, now: datetime) -> None:
    """Keep in the session when the code was last typed (A9)."""
    request.session[TYPED_AT] = now.isoformat()


def is_code_recent(request: HttpRequest, now: datetime) -> bool:
    """Tell whether the code was typed less than 10 minutes ago in this session (A9)."""
    typed_at = request.session.get(TYPED_AT)
    return typed_at is not None and datetime.fromisoformat(typed_at) > now - RECENT
