"""Pieces: the photo and the pièce d'identité of an order."""

from secrets import token_hex

from django.db import models

from carte.enums import IdentiteNature, PieceKind
from carte.models.commande import Commande


def random_name(_piece: "Piece", _label: str) -> str:
    """Give the name a file is stored under: random, it tells nothing and can't be guessed (P5)."""
    name = token_hex(16)
    return f"{name[:2]}/{name}.jpg"


class Piece(models.Model):
    """One uploaded file of an order, stored re-encoded as JPEG (P4)."""

    commande = models.ForeignKey(Commande, on_delete=models.CASCADE, related_name="pieces")
    kind = models.CharField("nature", max_length=10, choices=PieceKind.choices)
    nature = models.CharField("document", max_length=16, choices=IdentiteNature.choices, blank=True)
    label = models.CharField("nom du fichier d’origine", max_length=120)
    file = models.FileField(upload_to=random_name, max_length=60)
    width = models.PositiveIntegerField("largeur d’origine (px)")
    height = models.PositiveIntegerField("hauteur d’origine (px)")
    weight = models.PositiveIntegerField("poids d’origine (octets)")
    sha256 = models.CharField("SHA-256 de l’image gardée", max_length=64)
    deposited_at = models.DateTimeField("déposée le")

    class Meta:
        verbose_name = "pièce"
        constraints = [
            models.UniqueConstraint(
                "commande",
                "kind",
                name="piece_one_a_kind",
                violation_error_message="Cette pièce est déjà déposée.",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to say of it: a pièce d'identité says which document it is."""
        return self.kind == PieceKind.PHOTO or bool(self.nature)
