"""What the holder of a card says is wrong on it, for his caisse (section 6)."""

from django.db import models

from accounts.enums import Notice
from accounts.models import Beneficiaire, Saisine
from accounts.models.saisine import WAITING, WORDS_MAX, handled_whole
from carte.enums import SignalementKind, SignalementOutcome
from carte.models.carte import Carte


class Signalement(Saisine):
    """One thing wrong on one card."""

    RECEIVED = Notice.SIGNALEMENT_RECEIVED
    HANDLED = Notice.SIGNALEMENT_HANDLED

    carte = models.ForeignKey(
        Carte, verbose_name="carte", on_delete=models.PROTECT, related_name="signalements"
    )
    kind = models.CharField("ce qui est faux", max_length=12, choices=SignalementKind.choices)
    text = models.CharField("explication", max_length=WORDS_MAX)
    outcome = models.CharField("suite donnée", max_length=12, choices=SignalementOutcome.choices, blank=True)

    class Meta(Saisine.Meta):
        verbose_name = "signalement"
        constraints = [
            models.UniqueConstraint(
                "carte",
                "assure",
                "kind",
                name="signalement_one_open",
                condition=WAITING,
                violation_error_message="Cette erreur est déjà signalée : votre caisse s’en occupe.",
            ),
            handled_whole(
                "signalement_handled_whole", "Un signalement traité dit par qui, quand et avec quelle suite."
            ),
        ]

    @property
    def beneficiaire(self) -> Beneficiaire:
        """Whose file it concerns: his whose card it is."""
        return self.carte.beneficiaire
