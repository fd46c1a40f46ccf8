"""The batch of accepted orders handed to the production centre."""

from django.db import models


class LotFabrication(models.Model):
    """One sealed batch: its number, its count, its CSV and the CSV's SHA-256 (D5). Never rewritten."""

    number = models.PositiveIntegerField("numéro", unique=True)
    sealed_at = models.DateTimeField("scellé le")
    count = models.PositiveIntegerField("nombre de commandes")
    csv = models.TextField("CSV")
    sha256 = models.CharField("SHA-256 du CSV", max_length=64)

    class Meta:
        verbose_name = "lot de fabrication"
        verbose_name_plural = "lots de fabrication"
        ordering = ("-number",)
        permissions = [
            ("download_lotfabrication", "Peut télécharger le CSV d’un lot"),
            ("answer_lotfabrication", "Peut enregistrer la réponse du centre de fabrication"),
        ]

    def __str__(self) -> str:
        return f"lot n° {self.number}"
