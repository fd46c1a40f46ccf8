"""What an assuré asks his caisse to correct in his file (A7)."""

from django.db import models

from accounts.enums import Notice, RectificationKind, RectificationOutcome
from accounts.models.saisine import WAITING, Saisine, handled_whole
from vitale_portal.sealing import SealedField


class Rectification(Saisine):
    """One thing to correct. What was written is kept sealed."""

    RECEIVED = Notice.RECTIFICATION_RECEIVED
    HANDLED = Notice.RECTIFICATION_HANDLED

    kind = models.CharField("ce qui est à corriger", max_length=12, choices=RectificationKind.choices)
    wrong = SealedField("ce qui est faux")
    right = SealedField("ce qu’il faudrait lire")
    outcome = models.CharField(
        "suite donnée", max_length=12, choices=RectificationOutcome.choices, blank=True
    )

    class Meta(Saisine.Meta):
        verbose_name = "demande de correction"
        verbose_name_plural = "demandes de correction"
        constraints = [
            models.UniqueConstraint(
                "assure",
                "kind",
                name="rectification_one_open",
                condition=WAITING,
                violation_error_message="Cette correction est déjà demandée : votre caisse s’en occupe.",
            ),
            handled_whole(
                "rectification_handled_whole", "Une demande traitée dit par qui, quand et avec quelle suite."
            ),
        ]
