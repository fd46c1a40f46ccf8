"""What the portal erased, and under which rule: all that remains of it (C3, P6)."""

from django.db import models

from accounts.models import Caisse
from carte.enums import EffacementMotif
from vitale_portal.references import display


class Effacement(models.Model):
    """One order whose pieces, or whole draft, were erased. It names no person."""

    reference = models.CharField("référence de la commande", max_length=10)
    caisse = models.ForeignKey(Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="+")
    motif = models.CharField("motif", max_length=12, choices=EffacementMotif.choices)
    files = models.PositiveSmallIntegerField("fichiers effacés")
    at = models.DateTimeField("effacé le")

    class Meta:
        verbose_name = "effacement"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"effacement de {display(self.reference)}"
