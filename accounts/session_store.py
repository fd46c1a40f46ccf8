"""Where sessions are kept: rows that know whose they are (``SESSION_ENGINE``)."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models import Session


class SessionStore(DatabaseStore):
    """Django's own, with the user in a column."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Give the model of the rows."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Give the row to save."""
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row  # type: ignore[no-any-return]
