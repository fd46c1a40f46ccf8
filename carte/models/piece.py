"""Pieces: the photo and the pièce d'identité of an order, and their pages."""

from secrets import token_hex

from django.db import models

from carte.enums import IdentiteNature, PieceForm, PieceKind
from carte.models.commande import Commande


def random_name(_page: "Page", _label: str) -> str:
    """Give the name a file is stored under: random, it tells nothing and can't be guessed (P5)."""
    name = token_hex(16)
    return f"{name[:2]}/{name}"


class Piece(models.Model):
    """What was deposited for one kind: a picture re-encoded page by page (P4), or the explanation of P7.

    A refused piece stays, with the reasons, beside the one that replaced it (D2).
    """

    commande = models.ForeignKey(Commande, on_delete=models.CASCADE, related_name="pieces")
    kind = models.CharField("nature", max_length=10, choices=PieceKind.choices)
    form = models.CharField("forme", max_length=12, choices=PieceForm.choices, default=PieceForm.PICTURE)
    nature = models.CharField("document", max_length=16, choices=IdentiteNature.choices, blank=True)
    label = models.CharField("nom du fichier d’origine", max_length=120, blank=True)
    width = models.PositiveIntegerField("largeur d’origine (px)", default=0)
    height = models.PositiveIntegerField("hauteur d’origine (px)", default=0)
    weight = models.PositiveIntegerField("poids d’origine (octets)", default=0)
    deposited_at = models.DateTimeField("déposée le")
    refused_at = models.DateTimeField("refusée le", null=True, blank=True)
    refusal = models.JSONField("motifs du refus", default=list, blank=True)
    replaced_at = models.DateTimeField("remplacée le", null=True, blank=True)

    class Meta:
        verbose_name = "pièce"
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                "commande",
                "kind",
                name="piece_one_a_kind",
                condition=models.Q(replaced_at=None),
                violation_error_message="Cette pièce est déjà déposée.",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to say of it: a pièce d'identité says which document it is."""
        return self.kind == PieceKind.PHOTO or bool(self.nature)

    @property
    def is_explanation(self) -> bool:
        """Whether it says why there is no photo, instead of being one (P7)."""
        return self.form == PieceForm.EXPLANATION


class Page(models.Model):
    """One page of a piece, as stored: a JPEG, or the text of an explanation."""

    piece = models.ForeignKey(Piece, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField("numéro", default=1)
    file = models.FileField(upload_to=random_name, max_length=60, unique=True)
    width = models.PositiveIntegerField("largeur (px)", default=0)
    height = models.PositiveIntegerField("hauteur (px)", default=0)
    sha256 = models.CharField("SHA-256 avant chiffrement", max_length=64)

    class Meta:
        verbose_name = "page"
        ordering = ("number",)
        constraints = [models.UniqueConstraint("piece", "number", name="page_numbered")]

    def __str__(self) -> str:
        return f"page {self.number}"
