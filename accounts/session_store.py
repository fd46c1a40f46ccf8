"""Where sessions are kept: rows that know whose they are, found by a fingerprint (``SESSION_ENGINE``).

The key itself is in the cookie alone: who reads the database opens no session with it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from accounts.models import Session
from vitale_portal.fingerprints import fingerprint

# In the session: what its row says of it, written when somebody signs in (``sessions.begin``).
FACTS = "session_facts"
FORMS_KEY = "forms_key"


class SessionStore(DatabaseStore):
    """Django's own; a session ends after its idle time, and for good after the longest one (A6)."""

    # When it ends, as the row had it when it was read.
    ends_at: datetime | None = None
    # An answer that is no activity: the page asks by itself how long is left.
    is_background = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Give the model of the rows."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        """Find the row of a key, as long as it has not ended."""
        if self.session_key is None:
            return None
        row = Session.objects.filter(
            session_key=fingerprint(self.session_key), expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
        else:
            self.ends_at = row.expire_date
        return row

    def exists(self, session_key: str) -> bool:
        """Tell whether a key is taken."""
        return super().exists(fingerprint(session_key))

    def delete(self, session_key: str | None = None) -> None:
        """Close a session: it tells nothing any more of who opened it."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(fingerprint(key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Give the row to save."""
        now = timezone.now()
        row: Any = super().create_model_instance(data)
        facts = data.get(FACTS, {})
        row.session_key = fingerprint(row.session_key)
        row.forms_key = data.get(FORMS_KEY, "")
        row.user_id = data.get(SESSION_KEY)
        row.seen_at = now
        row.started_at = _instant(facts)
        row.network_address = facts.get("address")
        row.browser = facts.get("browser", "")
        row.expire_date = end_of(data, now)
        return row  # type: ignore[no-any-return]

    def save(self, must_create: bool = False) -> None:
        """Save what changed; else only move the end, lest a slow request undo what another wrote meanwhile.

        Raises ``UpdateError`` when the session was closed meanwhile.
        """
        if must_create or self.modified or self.session_key is None:
            super().save(must_create)
        elif not self.is_background:
            now = timezone.now()
            row = Session.objects.filter(session_key=fingerprint(self.session_key))
            if not row.update(expire_date=end_of(self, now), seen_at=now):
                raise UpdateError


def end_of(data: Any, now: datetime) -> datetime:
    """Give when a session used now ends: idle time later, or at the longest it may last if that is sooner."""
    idle = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    started_at = _instant(data.get(FACTS, {}))
    return min(idle, started_at + settings.VITALE_SESSION_LONGEST) if started_at else idle


def _instant(facts: dict[str, Any]) -> datetime | None:
    started_at = facts.get("started_at")
    return datetime.fromisoformat(started_at) if started_at else None
