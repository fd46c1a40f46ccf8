"""Attestations: made once, the same bytes for ever (F4)."""

from django.db import models

from accounts.models import Assure, Beneficiaire
from declarations.enums import AttestationKind
from declarations.models.declaration import Declaration
from vitale_portal.references import display, new_reference, random_code

CODE_LENGTH = 16  # 75 random bits and a check character


def new_code() -> str:
    """Give a verification code nobody can guess."""
    return random_code(CODE_LENGTH)


class Attestation(models.Model):
    """A PDF one shows at a counter, and the code by which anybody checks it.

    The row is written with what it attests; the PDF follows, outside any transaction, and never changes.
    """

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    kind = models.CharField("nature", max_length=12, choices=AttestationKind.choices)
    assure = models.ForeignKey(
        Assure, verbose_name="assuré", on_delete=models.PROTECT, related_name="attestations"
    )
    beneficiaire = models.ForeignKey(
        Beneficiaire, verbose_name="bénéficiaire", on_delete=models.PROTECT, related_name="attestations"
    )
    declaration = models.OneToOneField(
        Declaration,
        verbose_name="déclaration",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attestation",
    )
    code = models.CharField("code de vérification", max_length=CODE_LENGTH, unique=True, default=new_code)
    requested_at = models.DateTimeField("demandée le")
    pdf = models.BinaryField("PDF", null=True, blank=True, editable=False)
    sha256 = models.CharField("SHA-256 du PDF", max_length=64, blank=True)

    class Meta:
        verbose_name = "attestation"
        ordering = ("-requested_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=AttestationKind.DECLARATION, declaration__isnull=False)
                | models.Q(kind=AttestationKind.DROITS, declaration=None),
                name="attestation_of_what",
                violation_error_message="Seule une attestation de déclaration a une déclaration.",
            )
        ]
        indexes = [models.Index("requested_at", name="attestation_to_make", condition=models.Q(pdf=None))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {display(self.code)}"
