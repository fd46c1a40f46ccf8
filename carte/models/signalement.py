"""What the holder of a card says is wrong on it, for his caisse (section 6)."""

from django.conf import settings
from django.db import models

from accounts.models import Assure, Caisse
from carte.enums import SignalementKind, SignalementOutcome
from carte.models.carte import Carte
from vitale_portal.references import new_reference

TEXT_MAX = 500


class Signalement(models.Model):
    """One thing wrong on one card, until an agent has dealt with it."""

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    carte = models.ForeignKey(
        Carte, verbose_name="carte", on_delete=models.PROTECT, related_name="signalements"
    )
    assure = models.ForeignKey(
        Assure, verbose_name="assuré", on_delete=models.PROTECT, related_name="signalements"
    )
    caisse = models.ForeignKey(
        Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="signalements"
    )
    kind = models.CharField("ce qui est faux", max_length=12, choices=SignalementKind.choices)
    text = models.CharField("explication", max_length=TEXT_MAX)
    sent_at = models.DateTimeField("envoyé le")
    outcome = models.CharField("suite donnée", max_length=12, choices=SignalementOutcome.choices, blank=True)
    handled_at = models.DateTimeField("traité le", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="traité par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "signalement"
        ordering = ("-sent_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                "carte",
                "assure",
                "kind",
                name="signalement_one_open",
                condition=models.Q(handled_at=None),
                violation_error_message="Cette erreur est déjà signalée : votre caisse s’en occupe.",
            ),
            models.CheckConstraint(
                condition=models.Q(handled_at=None, handled_by=None, outcome="")
                | (models.Q(handled_at__isnull=False, handled_by__isnull=False) & ~models.Q(outcome="")),
                name="signalement_handled_whole",
                violation_error_message="Un signalement traité dit par qui, quand et avec quelle suite.",
            ),
        ]

    def __str__(self) -> str:
        return f"signalement {self.reference}"
