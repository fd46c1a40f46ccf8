"""What an assuré refers to his caisse: a rectification (A7), a signalement (section 6)."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.enums import Notice
from accounts.models.assure import Assure, Beneficiaire
from accounts.models.regime import Caisse
from vitale_portal.references import display, new_reference

WORDS_MAX = 500  # characters, of each text an assuré writes
WAITING = models.Q(handled_at=None)


def handled_whole(name: str, sentence: str) -> models.CheckConstraint:
    """Make the constraint that what is handled says by whom, when and with which outcome."""
    handled = models.Q(handled_at__isnull=False, handled_by__isnull=False)
    return models.CheckConstraint(
        condition=models.Q(handled_at=None, handled_by=None, outcome="") | (handled & ~models.Q(outcome="")),
        name=name,
        violation_error_message=sentence,
    )


class Saisine(models.Model):
    """It waits until one agent of the caisse has dealt with it, once.

    A kind of it adds what it is about and what was written, gives ``outcome`` its choices, and says which
    notices acknowledge it and tell what came of it.
    """

    RECEIVED: ClassVar[Notice]
    HANDLED: ClassVar[Notice]

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    assure = models.ForeignKey(
        Assure, verbose_name="assuré", on_delete=models.PROTECT, related_name="%(class)ss"
    )
    caisse = models.ForeignKey(
        Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="%(class)ss"
    )
    sent_at = models.DateTimeField("date d’envoi")
    outcome = models.CharField("suite donnée", max_length=12, blank=True)
    handled_at = models.DateTimeField("date de traitement", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="agent",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        abstract = True
        ordering = ("-sent_at", "-pk")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {display(self.reference)}"

    @property
    def key(self) -> str:
        """What notices and the trace call it, once and for all."""
        return f"{self._meta.model_name} {self.reference}"

    @property
    def beneficiaire(self) -> Beneficiaire:
        """Whose file it concerns."""
        return self.assure.beneficiaire
