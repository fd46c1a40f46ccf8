"""The recap of a sent order, as a PDF: made once, the same bytes for ever (section 7, step 5)."""

from django.db import models

from carte.models.commande import Commande


class RecapitulatifQuerySet(models.QuerySet["Recapitulatif"]):
    """Reads of recaps, with what their PDF tells."""

    def whole(self) -> "RecapitulatifQuerySet":
        """Read each with its order, as the PDF needs them."""
        return self.select_related("commande__beneficiaire", "commande__caisse").prefetch_related(
            "commande__pieces"
        )

    def to_make(self) -> "RecapitulatifQuerySet":
        """Those that wait for their PDF, the oldest first."""
        return self.whole().filter(pdf=None).order_by("pk")


class Recapitulatif(models.Model):
    """What the author sent, on paper. The row is written with the sending, its PDF follows."""

    commande = models.OneToOneField(
        Commande, verbose_name="commande", on_delete=models.CASCADE, related_name="recapitulatif"
    )
    pdf = models.BinaryField("PDF", null=True, blank=True, editable=False)
    sha256 = models.CharField("SHA-256 du PDF", max_length=64, blank=True)
    made_at = models.DateTimeField("fait le", null=True, blank=True)

    objects = RecapitulatifQuerySet.as_manager()

    class Meta:
        verbose_name = "récapitulatif"
        verbose_name_plural = "récapitulatifs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pdf=None, sha256="", made_at=None)
                | (~models.Q(sha256="") & models.Q(pdf__isnull=False, made_at__isnull=False)),
                name="recapitulatif_made_whole",
                violation_error_message="Un récapitulatif fait garde son empreinte et sa date.",
            )
        ]
        indexes = [models.Index("id", name="recapitulatif_to_make", condition=models.Q(pdf=None))]

    def __str__(self) -> str:
        return f"récapitulatif de {self.commande_id}"
