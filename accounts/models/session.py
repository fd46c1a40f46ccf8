"""Sessions: whose, since when, from where (A6)."""

from datetime import datetime

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.user import User

HANDLE_LENGTH = 16


class SessionQuerySet(models.QuerySet["Session"]):
    """Reads of sessions."""

    def open(self, now: datetime) -> "SessionQuerySet":
        """Give those that still let somebody in, the last used first."""
        return self.filter(user__isnull=False, expire_date__gt=now).order_by("-seen_at", "session_key")


class Session(AbstractBaseSession):
    """One session. Whose it is stands in a column, so that he can see and close it.

    Its key is with the browser alone: ``session_key`` is the key's fingerprint. A session that ended by
    itself stays a while: it tells whose a form is that comes too late (see ``Reprise``). One that was closed
    is gone.
    """

    session_key = models.CharField("empreinte de la clé", max_length=64, primary_key=True)
    # Fingerprint of the secret that the forms of its pages carry.
    forms_key = models.CharField("empreinte des formulaires", max_length=64, blank=True, db_index=True)
    user = models.ForeignKey(
        User, verbose_name="utilisateur", null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    started_at = models.DateTimeField("ouverte le", null=True)
    seen_at = models.DateTimeField("dernière activité", null=True)
    network_address = models.GenericIPAddressField("adresse réseau", null=True)
    browser = models.CharField("navigateur", max_length=200, blank=True)

    objects = SessionQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @property
    def handle(self) -> str:
        """Name it for its holder, who finds it among his own."""
        return self.session_key[:HANDLE_LENGTH]

    @classmethod
    def get_session_store_class(cls) -> type:
        """Give the store that reads and writes these rows."""
        from accounts.session_store import SessionStore  # noqa: PLC0415 -- the store needs this model

        return SessionStore
