"""Declarations: loss, theft or defect of one card."""

from collections.abc import Iterable

from django.db import models
from django.urls import reverse

from accounts.models import Agent, Assure, Caisse
from carte.models import Carte
from declarations.enums import DeclarationChannel, DeclarationKind
from vitale_portal.references import display, new_reference


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    """Reads of declarations, one a screen."""

    def for_holder(self, assure: Assure) -> "DeclarationQuerySet":
        """Give those an assuré may follow: his own, and those of cards of his beneficiaries (F2)."""
        # By index, each: an OR across tables reads them whole.
        own = self.filter(author=assure)
        theirs = self.filter(carte__beneficiaire__rattachements__assure=assure)
        held = own.order_by().values("pk").union(theirs.order_by().values("pk"))
        related = self.select_related("carte__beneficiaire", "pli", "attestation")
        return (
            related.defer("attestation__pdf", "pli__pdf").filter(pk__in=held).order_by("-declared_at", "-pk")
        )

    def by_carte(self, cartes: Iterable[Carte]) -> dict[int, "Declaration"]:
        """Give those of some cards by the key of the card, in one query."""
        return {row.carte_id: row for row in self.filter(carte__in=[carte.pk for carte in cartes])}


class Declaration(models.Model):
    """What an assuré declared of one card. A card is declared once, whoever is first (F2)."""

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    carte = models.OneToOneField(
        Carte, verbose_name="carte", on_delete=models.PROTECT, related_name="declaration"
    )
    author = models.ForeignKey(
        Assure, verbose_name="déclarée par", on_delete=models.PROTECT, related_name="declarations"
    )
    caisse = models.ForeignKey(
        Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="declarations"
    )
    kind = models.CharField("nature", max_length=8, choices=DeclarationKind.choices)
    facts_on = models.DateField("date des faits")
    # Seen by their author only (F1).
    circumstances = models.TextField("circonstances", max_length=1000, blank=True)
    police_reference = models.CharField("référence de la plainte", max_length=60, blank=True)
    channel = models.CharField(
        "canal", max_length=8, choices=DeclarationChannel.choices, default=DeclarationChannel.ONLINE
    )
    entered_by = models.ForeignKey(
        Agent,
        verbose_name="saisie par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="declarations",
    )
    declared_at = models.DateTimeField("déclarée le")

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = "déclaration"
        ordering = ("-declared_at", "-pk")

    def __str__(self) -> str:
        return f"déclaration {display(self.reference)}"

    def get_absolute_url(self) -> str:
        """Give the address of its page."""
        return reverse("declaration", args=[self.reference])
