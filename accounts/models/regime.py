"""Regimes with their profile, and the caisses that belong to them (section 2)."""

from datetime import timedelta

from django.db import models

from accounts.enums import OnlineOrder

GENERAL = "01"  # the general scheme, whose delays and law the public pages tell

# « Ko » and « Mo » are read both ways (section 2, decision): a weight passes when it passes in either.
BYTES_PER_KB_AT_LEAST = 1_000
BYTES_PER_MB_AT_MOST = 1_024 * 1_024


class Regime(models.Model):
    """A scheme and its profile. A supervisor edits it: that moves no due time already set."""

    code = models.CharField("code", max_length=2, unique=True)
    nom = models.CharField("nom", max_length=80)
    online_order = models.CharField("commande en ligne", max_length=8, choices=OnlineOrder.choices)
    online_declaration = models.BooleanField("déclaration en ligne")
    address_wait_hours = models.PositiveIntegerField(
        "attente après une nouvelle adresse (heures)", null=True, blank=True
    )
    photo_formats = models.JSONField("formats de la photo", default=list, blank=True)
    piece_formats = models.JSONField("formats de la pièce d’identité", default=list, blank=True)
    weight_min_kb = models.PositiveIntegerField("poids minimal (Ko)", null=True, blank=True)
    weight_max_mb = models.PositiveIntegerField("poids maximal (Mo)", null=True, blank=True)
    photo_width_min = models.PositiveIntegerField("largeur minimale de la photo (px)", null=True, blank=True)
    photo_height_min = models.PositiveIntegerField("hauteur minimale de la photo (px)", null=True, blank=True)
    photo_width_max = models.PositiveIntegerField("largeur maximale de la photo (px)", null=True, blank=True)
    photo_height_max = models.PositiveIntegerField("hauteur maximale de la photo (px)", null=True, blank=True)
    window_days = models.PositiveIntegerField("commande en ligne avant le pli (jours)", null=True, blank=True)
    blocked_days = models.PositiveIntegerField(
        "commande bloquée au départ du pli (jours)", null=True, blank=True
    )
    delay_online_days = models.PositiveIntegerField("délai annoncé en ligne (jours)", null=True, blank=True)
    delay_paper_days = models.PositiveIntegerField(
        "délai annoncé par courrier (jours)", null=True, blank=True
    )
    delay_counter_days = models.PositiveIntegerField(
        "délai annoncé au guichet (jours)", null=True, blank=True
    )
    youngest_age = models.PositiveIntegerField("âge minimal", default=12)
    unasked_form = models.BooleanField("formulaire envoyé sans demande", default=False)
    statement_version = models.CharField("version de l’attestation sur l’honneur", max_length=20, blank=True)
    statement_text = models.TextField("loi citée par l’attestation sur l’honneur", blank=True)

    class Meta:
        verbose_name = "régime"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.nom

    @property
    def address_wait(self) -> timedelta:
        """How long a new address waits before it is usable (B3); nothing where no order is taken."""
        return timedelta(hours=self.address_wait_hours or 0)

    @property
    def announced_online(self) -> timedelta:
        """The announced delay of an online order; nothing where none is taken."""
        return timedelta(days=self.delay_online_days or 0)

    @property
    def weight_min_bytes(self) -> int | None:
        """The floor on a file's weight, in bytes, inclusive; None where the regime has none."""
        return None if self.weight_min_kb is None else self.weight_min_kb * BYTES_PER_KB_AT_LEAST

    @property
    def weight_max_bytes(self) -> int:
        """The ceiling on a file's weight, in bytes, inclusive; 0 where no file is taken."""
        return (self.weight_max_mb or 0) * BYTES_PER_MB_AT_MOST


class Caisse(models.Model):
    """The local body an assuré belongs to, and how to reach it."""

    code = models.CharField("code", max_length=10, unique=True)
    nom = models.CharField("nom", max_length=80)
    regime = models.ForeignKey(
        Regime, verbose_name="régime", on_delete=models.PROTECT, related_name="caisses"
    )
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    horaires = models.CharField("horaires", max_length=200, blank=True)
    adresse = models.CharField("adresse", max_length=200, blank=True)
    url = models.URLField("site", blank=True)

    class Meta:
        verbose_name = "caisse"
        ordering = ("nom",)

    def __str__(self) -> str:
        return self.nom
