"""A form that came after its session had ended, kept until its sender is back (A6)."""

from django.db import models

from accounts.models.session import Session
from accounts.models.user import User


def place_of(session: str, user: int, path: str) -> bytes:
    """Where a content is sealed for: it does not open for another user, session or address."""
    return f"accounts_reprise:{session}:{user}:{path}".encode()


class Reprise(models.Model):
    """What was sent too late, sealed; of one session and address, the last one sent."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="reprises")
    user = models.ForeignKey(
        User, verbose_name="envoyé par", on_delete=models.CASCADE, related_name="reprises"
    )
    path = models.CharField("adresse", max_length=500)
    # Where the form stood: it may be sent to another address.
    page = models.CharField("page", max_length=500)
    content = models.BinaryField("contenu chiffré")
    size = models.PositiveIntegerField("octets")
    kept_at = models.DateTimeField("gardé le")
    expires_at = models.DateTimeField("jusqu’au", db_index=True)

    class Meta:
        verbose_name = "envoi à reprendre"
        verbose_name_plural = "envois à reprendre"
        ordering = ("kept_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["session", "path"], name="reprise_one_a_session_and_address")
        ]

    def __str__(self) -> str:
        return self.path

    def sealed_place(self) -> bytes:
        """Give what the content is bound to: asked when the keys are rotated, too."""
        return place_of(self.session_id, self.user_id, self.path)
