"""« Notez votre démarche »: one opinion an order (section 7, step 5)."""

from django.db import models

from carte.models import Commande
from suivi.enums import Opinion

COMMENT_MAX = 500


class Satisfaction(models.Model):
    """A face and, if wanted, a comment. Its author may change it; the last one counts."""

    commande = models.OneToOneField(
        Commande, verbose_name="commande", on_delete=models.CASCADE, related_name="satisfaction"
    )
    opinion = models.CharField("avis", max_length=4, choices=Opinion.choices)
    comment = models.CharField("commentaire", max_length=COMMENT_MAX, blank=True)
    given_at = models.DateTimeField("donné le", db_index=True)

    class Meta:
        verbose_name = "avis sur la démarche"
        verbose_name_plural = "avis sur la démarche"
        ordering = ("-given_at", "-pk")

    def __str__(self) -> str:
        return self.get_opinion_display()
