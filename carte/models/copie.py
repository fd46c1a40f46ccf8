"""The paper copy of what a card holds: made with the card, the same bytes for ever (section 6)."""

from django.db import models

from accounts.models import Assure, Rattachement
from carte.models.carte import Carte
from vitale_portal.references import new_reference


class CopieCarteQuerySet(models.QuerySet["CopieCarte"]):
    """Reads of copies."""

    def whole(self) -> "CopieCarteQuerySet":
        """Read each with what its PDF and its letter tell."""
        return self.select_related("carte__caisse__regime", "carte__commande", "carte__beneficiaire")

    def held_by(self, assure: Assure) -> "CopieCarteQuerySet":
        """Those of the people attached to an assuré."""
        held = Rattachement.objects.filter(assure=assure, beneficiaire=models.OuterRef("carte__beneficiaire"))
        return self.filter(models.Exists(held))

    def to_make(self) -> "CopieCarteQuerySet":
        """Those that wait for their PDF, the oldest first."""
        return self.whole().filter(pdf=None).order_by("planned_at", "pk")


class CopieCarte(models.Model):
    """What a card holds, on paper. The row is written with the card, its PDF follows.

    ``letter`` is the sheet that carries it to the address of the order, in the print batch. It is apart: the
    copy is for every holder, the address for the author alone. A card not made here has none.
    """

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    carte = models.OneToOneField(Carte, verbose_name="carte", on_delete=models.CASCADE, related_name="copie")
    planned_at = models.DateTimeField("à faire depuis le")
    pdf = models.BinaryField("PDF", null=True, blank=True, editable=False)
    letter = models.BinaryField("lettre d’envoi", null=True, blank=True, editable=False)
    sha256 = models.CharField("SHA-256 du PDF", max_length=64, blank=True)
    made_at = models.DateTimeField("faite le", null=True, blank=True)

    objects = CopieCarteQuerySet.as_manager()

    class Meta:
        verbose_name = "copie de carte"
        verbose_name_plural = "copies de carte"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pdf=None, letter=None, sha256="", made_at=None)
                | (~models.Q(sha256="") & models.Q(pdf__isnull=False, made_at__isnull=False)),
                name="copiecarte_made_whole",
                violation_error_message="Une copie faite garde son empreinte et sa date.",
            )
        ]
        indexes = [
            models.Index("planned_at", name="copiecarte_to_make", condition=models.Q(pdf=None)),
            models.Index("made_at", name="copiecarte_to_print", condition=models.Q(letter__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"copie de la carte {self.carte_id}"
