"""What an assuré asks his caisse to correct in his file (A7)."""

from django.conf import settings
from django.db import models

from accounts.enums import RectificationKind, RectificationOutcome
from accounts.models.assure import Assure
from accounts.models.regime import Caisse
from vitale_portal.references import new_reference
from vitale_portal.sealing import SealedField

TEXT_MAX = 500  # characters, of each of the two texts


class Rectification(models.Model):
    """One thing to correct, until an agent has dealt with it. What was written is kept sealed."""

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    assure = models.ForeignKey(
        Assure, verbose_name="assuré", on_delete=models.PROTECT, related_name="rectifications"
    )
    caisse = models.ForeignKey(
        Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="rectifications"
    )
    kind = models.CharField("ce qui est à corriger", max_length=12, choices=RectificationKind.choices)
    wrong = SealedField("ce qui est faux")
    right = SealedField("ce qu’il faudrait lire")
    sent_at = models.DateTimeField("envoyée le")
    outcome = models.CharField(
        "suite donnée", max_length=12, choices=RectificationOutcome.choices, blank=True
    )
    handled_at = models.DateTimeField("traitée le", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="traitée par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "demande de correction"
        verbose_name_plural = "demandes de correction"
        ordering = ("-sent_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                "assure",
                "kind",
                name="rectification_one_open",
                condition=models.Q(handled_at=None),
                violation_error_message="Cette correction est déjà demandée : votre caisse s’en occupe.",
            ),
            models.CheckConstraint(
                condition=models.Q(handled_at=None, handled_by=None, outcome="")
                | (models.Q(handled_at__isnull=False, handled_by__isnull=False) & ~models.Q(outcome="")),
                name="rectification_handled_whole",
                violation_error_message="Une demande traitée dit par qui, quand et avec quelle suite.",
            ),
        ]

    def __str__(self) -> str:
        return f"rectification {self.reference}"
