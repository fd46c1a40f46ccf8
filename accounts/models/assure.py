"""Assurés, the beneficiaries of cards, and what ties them."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from accounts.enums import Lien
from accounts.models.regime import Caisse
from accounts.nir import Nir, validate_nir
from vitale_portal.references import new_reference
from vitale_portal.sealing import SealedField


class Beneficiaire(models.Model):
    """A person a card can be made for: one row a person, by NIR. Civil status lives here and nowhere else."""

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    nir = models.CharField("NIR", max_length=13, unique=True, validators=[validate_nir])
    nom = models.CharField("nom de famille", max_length=80)
    prenoms = models.CharField("prénoms", max_length=120)
    date_naissance = models.DateField("date de naissance")
    forbidden_since = models.DateTimeField("droit de commander retiré depuis", null=True, blank=True)  # E3
    mutation_since = models.DateTimeField("changement de régime depuis", null=True, blank=True)  # E4
    rights_ended_since = models.DateTimeField("droits terminés depuis", null=True, blank=True)  # E5

    class Meta:
        verbose_name = "bénéficiaire"
        ordering = ("nom", "prenoms")

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}"

    @property
    def prenom(self) -> str:
        """The first of the first names: what people are called by on screen."""
        return self.prenoms.split()[0]

    @property
    def nir_value(self) -> Nir:
        """The NIR as a value: its key, whether it is provisional, how it is written."""
        return Nir.parse(self.nir)


class Assure(models.Model):
    """An insured person who holds, or may open, an account; may exist without one."""

    beneficiaire = models.OneToOneField(
        Beneficiaire, verbose_name="état civil", on_delete=models.PROTECT, related_name="assure"
    )
    caisse = models.ForeignKey(
        Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="assures"
    )
    email = models.EmailField("adresse électronique", blank=True)
    rights_from = models.DateField("droits ouverts depuis", null=True, blank=True)
    rights_until = models.DateField("droits ouverts jusqu’au", null=True, blank=True)
    iban = SealedField("IBAN", null=True, blank=True)
    exemption = models.CharField("exonération", max_length=80, blank=True)
    # As on the statements of who lives elsewhere than in France: 98xxx in a COM, 99xxx abroad (A4).
    code_postal_ailleurs = models.CharField(
        "code postal hors de France",
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^9[89]\d{3}$", "Cinq chiffres, 98 (COM) ou 99 (étranger) d’abord.")],
    )
    medecin_traitant = models.CharField("médecin traitant", max_length=120, blank=True)  # A7, by agents

    class Meta:
        verbose_name = "assuré"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="assure_email_unique",
                condition=~models.Q(email=""),
                violation_error_message="Cette adresse électronique sert déjà à un autre compte.",
            )
        ]

    def __str__(self) -> str:
        return str(self.beneficiaire)


class Rattachement(models.Model):
    """Ties a beneficiary to an assuré: himself, or an ayant droit. A child may have two holders."""

    assure = models.ForeignKey(Assure, on_delete=models.CASCADE, related_name="rattachements")
    beneficiaire = models.ForeignKey(
        Beneficiaire, verbose_name="bénéficiaire", on_delete=models.CASCADE, related_name="rattachements"
    )
    lien = models.CharField("lien", max_length=12, choices=Lien.choices)

    class Meta:
        verbose_name = "rattachement"
        constraints = [
            models.UniqueConstraint(
                "assure",
                "beneficiaire",
                name="rattachement_unique",
                violation_error_message="Ce bénéficiaire est déjà rattaché à cet assuré.",
            ),
            models.UniqueConstraint(
                "assure",
                name="rattachement_one_self",
                condition=models.Q(lien=Lien.SOI),
                violation_error_message="Un assuré n’est lui-même qu’une fois.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.beneficiaire}, {self.get_lien_display()}"
