"""The devices an account was opened on, and the codes sent by mail to a new one (A3, A11)."""

from datetime import datetime

from django.db import models

from accounts.models.user import User
from vitale_portal.references import new_reference


class Device(models.Model):
    """A browser somebody signed in with. Its cookie names it; the database keeps the cookie's hash alone.

    Of several people at one computer each has a row, under the same cookie.
    """

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    user = models.ForeignKey(User, verbose_name="compte", on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64)
    label = models.CharField("appareil", max_length=60)
    first_used_at = models.DateTimeField("première connexion le")
    last_used_at = models.DateTimeField("dernière connexion le", db_index=True)
    trusted_until = models.DateTimeField("de confiance jusqu’au", null=True)

    class Meta:
        verbose_name = "appareil"
        ordering = ("-last_used_at", "-pk")
        constraints = [models.UniqueConstraint("user", "token_hash", name="device_once")]

    def __str__(self) -> str:
        return self.label

    def is_trusted(self, now: datetime) -> bool:
        """Tell whether the second step is spared on it (A11)."""
        return self.trusted_until is not None and now < self.trusted_until


class MailedCode(models.Model):
    """Six digits sent by mail: hashed, good for some minutes, some tries, one use (A11)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mailed_codes")
    salt = models.CharField(max_length=32)
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField("bon jusqu’au", db_index=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    used_at = models.DateTimeField("utilisé le", null=True)

    class Meta:
        verbose_name = "code reçu par courriel"

    def __str__(self) -> str:
        return f"{self.pk}"
