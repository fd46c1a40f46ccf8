"""Sessions: whose, since when, from where (A6)."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.user import User


class Session(AbstractBaseSession):
    """One open session. Whose it is stands in a column, so that he can see and close it."""

    user = models.ForeignKey(
        User, verbose_name="utilisateur", null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    started_at = models.DateTimeField("ouverte le", null=True)
    network_address = models.GenericIPAddressField("adresse réseau", null=True)
    browser = models.CharField("navigateur", max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @classmethod
    def get_session_store_class(cls) -> type:
        """Give the store that reads and writes these rows."""
        from accounts.session_store import SessionStore  # noqa: PLC0415 -- the store needs this model

        return SessionStore
