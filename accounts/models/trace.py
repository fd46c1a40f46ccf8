"""The trace of what was looked at, decided and changed: append-only, chained, provable.

Triggers of the database refuse to change or remove a line of these three tables (migration 0003), but for
what a line of ``TracePurge`` covers. What they cannot refuse, to who owns the database, the chain shows.
"""

from django.db import models

from accounts.enums import Act
from accounts.models.assure import Beneficiaire
from accounts.models.regime import Caisse
from accounts.models.user import User
from vitale_portal.references import new_reference


class Trace(models.Model):
    """One act: who did what, to whose file, when, and from where. Written by ``accounts.traces`` alone."""

    reference = models.CharField(
        "numéro", max_length=10, unique=True, default=new_reference, editable=False
    )  # what an assuré quotes to know more
    act = models.CharField("acte", max_length=32, choices=Act.choices)
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        User, verbose_name="par", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    network_address = models.GenericIPAddressField("depuis", null=True, blank=True)
    # Whose file it concerns, and the caisse whose agent, or whose assuré, acted.
    beneficiaire = models.ForeignKey(
        Beneficiaire,
        verbose_name="dossier de",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="traces",
        db_index=False,  # the index below begins with it; so for the caisse
    )
    caisse = models.ForeignKey(
        Caisse, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    about = models.CharField("objet", max_length=60, blank=True)
    words = models.CharField("précision", max_length=200, blank=True)
    # Keyed: who owns the database but not the key can neither change a line nor write one.
    mac = models.CharField("empreinte", max_length=100, editable=False)

    class Meta:
        verbose_name = "trace"
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["beneficiaire", "-id"], name="trace_of_a_file"),
            models.Index(fields=["act", "-id"], name="trace_of_an_act"),
            models.Index(fields=["caisse", "-id"], name="trace_of_a_caisse"),
            models.Index(fields=["at"], name="trace_at"),
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(mac=""), name="trace_has_its_mac")]

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {self.about}"


class TraceSeal(models.Model):
    """A line’s place in the chain. Numbered from 1 without a hole, in the order of sealing."""

    number = models.BigIntegerField("numéro", primary_key=True)
    trace = models.OneToOneField(Trace, on_delete=models.PROTECT, related_name="seal")
    at = models.DateTimeField("scellée le")
    mac = models.CharField("empreinte", max_length=100)  # of this line and of the one before

    class Meta:
        verbose_name = "sceau d’une trace"
        ordering = ("number",)

    def __str__(self) -> str:
        return f"sceau {self.number}"


class TracePurge(models.Model):
    """The oldest lines that went, by age: how many, and the end of the chain they leave to build on."""

    at = models.DateTimeField("effacées le")
    before = models.DateTimeField("scellées avant le")
    count = models.PositiveIntegerField("lignes")
    last_number = models.BigIntegerField("dernier sceau effacé", unique=True)
    last_mac = models.CharField("empreinte du dernier sceau", max_length=100)
    mac = models.CharField("empreinte", max_length=100, editable=False)

    class Meta:
        verbose_name = "purge des traces"
        verbose_name_plural = "purges des traces"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.count} trace(s), jusqu’au sceau {self.last_number}"
