"""The trace of what was looked at, decided and changed: append-only."""

from django.db import models

from accounts.enums import Act
from accounts.models.assure import Beneficiaire
from accounts.models.regime import Caisse
from accounts.models.user import User


class Trace(models.Model):
    """One act: who did what, to whose file, when, and from where. Never changed."""

    act = models.CharField("acte", max_length=32, choices=Act.choices)
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        User, verbose_name="par", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    network_address = models.GenericIPAddressField("depuis", null=True, blank=True)
    # Whose file it concerns, and the caisse that may read of it.
    beneficiaire = models.ForeignKey(
        Beneficiaire,
        verbose_name="dossier de",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="traces",
    )
    caisse = models.ForeignKey(Caisse, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    about = models.CharField("objet", max_length=60, blank=True)
    words = models.CharField("précision", max_length=200, blank=True)

    class Meta:
        verbose_name = "trace"
        ordering = ("-pk",)
        indexes = [models.Index(fields=["beneficiaire", "-id"], name="trace_of_a_file")]

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {self.about}"
