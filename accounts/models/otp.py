"""The second factor of an agent: the application that makes his codes, and what replaces it (A10)."""

from django.db import models

from accounts.models.user import User
from vitale_portal.sealing import SealedField


class TotpDevice(models.Model):
    """The application of an agent. Its secret is sealed; not confirmed, it opens nothing."""

    user = models.ForeignKey(
        User, verbose_name="compte", on_delete=models.CASCADE, related_name="totp_devices"
    )
    secret = SealedField("secret")  # base 32
    confirmed = models.BooleanField("confirmée", default=False)
    confirmed_at = models.DateTimeField("installée le", null=True, blank=True)
    # The period of the last code taken: neither it nor an earlier one is taken again.
    last_period = models.BigIntegerField("dernière période", default=-1)
    failures = models.PositiveIntegerField("essais manqués de suite", default=0)
    retry_at = models.DateTimeField("nouvel essai à partir du", null=True, blank=True)

    class Meta:
        verbose_name = "application de codes"
        constraints = [
            models.UniqueConstraint("user", name="totp_device_one", condition=models.Q(confirmed=True))
        ]

    def __str__(self) -> str:
        return f"application de codes n° {self.pk}"


class RecoveryCode(models.Model):
    """A code on paper that replaces the application, once. Only its mark stands here, and its hash."""

    device = models.ForeignKey(TotpDevice, on_delete=models.CASCADE, related_name="recovery_codes")
    mark = models.CharField("repère", max_length=4)
    hash = models.CharField("empreinte", max_length=128)
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "code de secours"
        verbose_name_plural = "codes de secours"
        constraints = [models.UniqueConstraint("device", "mark", name="recovery_code_once")]

    def __str__(self) -> str:
        return f"code de secours {self.mark}"
