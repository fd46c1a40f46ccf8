"""The open sessions of an account, and when its holder last typed his code (A5, A6, A9)."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.browsers import browser_label
from accounts.models import Reprise, Session, User
from accounts.models.session import HANDLE_LENGTH
from accounts.rates import client_address
from accounts.session_store import FACTS, FORMS_KEY, end_of
from vitale_portal.fingerprints import fingerprint

RECENT = timedelta(minutes=10)  # A9
TYPED_AT = "code_typed_at"
WARNING = timedelta(minutes=2)  # A6
# A session that ended by itself still tells, this long, whose a form is that comes too late.
REMEMBERED = timedelta(hours=12)
BATCH = 500


def begin(*, request: HttpRequest, **_signal: Any) -> None:
    """Keep in a session just opened when and from where it was, and which forms are its own.

    Listens to ``user_logged_in``: the secret that forms carry was just drawn anew. One that a browser brings
    later is not believed: somebody else may have put it there.
    """
    request.session[FACTS] = {
        "started_at": timezone.now().isoformat(),
        "address": client_address(request) or None,
        "browser": browser_label(request.headers.get("User-Agent", "")),
    }
    own_forms(request)


def own_forms(request: HttpRequest) -> None:
    """Keep which forms are those of the session: call it whenever the secret they carry was drawn anew."""
    request.session[FORMS_KEY] = fingerprint(request.META["CSRF_COOKIE"])


def end_sessions(user: User, *, keep: str | None) -> int:
    """End the sessions of an account but the one of that key; return how many (A5)."""
    rows = Session.objects.filter(user=user)
    ended, _ = (rows.exclude(session_key=fingerprint(keep)) if keep else rows).delete()
    return ended


def own_session(user: User, handle: str, now: datetime) -> Session | None:
    """Give the open session of that handle, if it is this user's."""
    rows = Session.objects.open(now).filter(user=user)
    return rows.filter(session_key__startswith=handle).first() if len(handle) == HANDLE_LENGTH else None


def seconds_left(request: HttpRequest, now: datetime) -> int:
    """Give the seconds until the session ends once this request is answered, rounded up."""
    session = request.session
    background = getattr(session, "is_background", False)
    end = session.ends_at if background and session.ends_at else end_of(session, now)  # type: ignore[attr-defined]
    return max(0, ceil((end - now).total_seconds()))


def is_last_stretch(request: HttpRequest, now: datetime) -> bool:
    """Tell whether the session ends soon whatever one does: it has nearly lasted the longest it may."""
    return end_of(request.session, now) - now < timedelta(seconds=settings.SESSION_COOKIE_AGE)


def clear_ended(now: datetime) -> int:
    """Remove forms kept too long and sessions that ended long ago; return how many, a batch at most."""
    late = Reprise.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:BATCH]
    nobodys = Session.objects.filter(user=None, expire_date__lte=now)
    old = Session.objects.filter(expire_date__lte=now - REMEMBERED, reprises=None)
    ended = (nobodys | old).order_by("expire_date").values_list("pk", flat=True)[:BATCH]
    gone, _ = Reprise.objects.filter(pk__in=list(late)).delete()
    closed, _ = Session.objects.filter(pk__in=list(ended), expire_date__lte=now).delete()
    return gone + closed


def code_was_typed(request: HttpRequest, now: datetime) -> None:
    """Keep in the session when the code was last typed (A9)."""
    request.session[TYPED_AT] = now.isoformat()


def is_code_recent(request: HttpRequest, now: datetime) -> bool:
    """Tell whether the code was typed less than 10 minutes ago in this session (A9)."""
    typed_at = request.session.get(TYPED_AT)
    return typed_at is not None and datetime.fromisoformat(typed_at) > now - RECENT
