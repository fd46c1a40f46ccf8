"""Postal addresses in France. A row is given once and never rewritten: the history stays."""

from datetime import date, timedelta

from django.db import models

from accounts.enums import AdresseKind
from accounts.models.assure import Assure
from vitale_portal.dates import paris

LINE_MAX = 38  # NF Z10-011
CONTENT = ("complement", "batiment", "voie", "lieu_dit", "code_postal", "commune")


class Adresse(models.Model):
    """An address an assuré gave, or that was imported (B2 to B4)."""

    assure = models.ForeignKey(Assure, on_delete=models.CASCADE, related_name="adresses")
    kind = models.CharField(
        "durée", max_length=10, choices=AdresseKind.choices, default=AdresseKind.DEFINITIVE
    )
    complement = models.CharField("appartement, étage, escalier", max_length=LINE_MAX, blank=True)
    batiment = models.CharField("bâtiment, résidence, entrée", max_length=LINE_MAX, blank=True)
    voie = models.CharField("numéro et voie", max_length=LINE_MAX)
    lieu_dit = models.CharField("lieu-dit ou boîte postale", max_length=LINE_MAX, blank=True)
    code_postal = models.CharField("code postal", max_length=5)
    commune = models.CharField("commune", max_length=60)
    given_at = models.DateTimeField("donnée le")
    usable_at = models.DateTimeField("utilisable à partir du")
    ends_at = models.DateTimeField("jusqu’au", null=True, blank=True)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    npai_since = models.DateTimeField("courrier revenu (NPAI) depuis", null=True, blank=True)
    # When the message « your address is usable » is to be written; empty once written, or never owed.
    notice_due_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "adresse"
        ordering = ("given_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=AdresseKind.DEFINITIVE, ends_at=None)
                | models.Q(kind=AdresseKind.PROVISOIRE, ends_at__gt=models.F("usable_at")),
                name="adresse_only_provisional_ends",
                violation_error_message="Seule une adresse provisoire a une date de fin.",
            )
        ]
        indexes = [
            models.Index(
                "notice_due_at", name="adresse_notice_due", condition=models.Q(notice_due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The lines under the name, as NF Z10-011 orders them."""
        street = (self.complement, self.batiment, self.voie, self.lieu_dit)
        return [*(line for line in street if line), f"{self.code_postal} {self.commune}"]

    @property
    def last_day(self) -> date | None:
        """The last day, in Paris, of a provisional address: it ends as the next one starts."""
        return paris(self.ends_at - timedelta(microseconds=1)).date() if self.ends_at else None

    @property
    def content(self) -> dict[str, str]:
        """What the address says, apart from when it holds."""
        return {name: getattr(self, name) for name in CONTENT}
