"""Paper forms: a letter with the form « Ma nouvelle carte Vitale » (F5 to F7)."""

from typing import ClassVar

from django.db import models

from accounts.models import Adresse, Assure, Beneficiaire
from carte.models import Commande
from declarations.enums import PLI_MOVES, PliCause, PliState
from declarations.models.declaration import Declaration
from vitale_portal.references import display, new_reference
from vitale_portal.transitions import Event, Moves, Stateful


class PliPapier(Stateful):
    """One form on paper, from planned to closed."""

    MOVES: ClassVar[Moves] = PLI_MOVES

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    state = models.CharField(
        "état", max_length=12, choices=PliState.choices, default=PliState.PLANNED, editable=False
    )
    cause = models.CharField("cause", max_length=12, choices=PliCause.choices)
    assure = models.ForeignKey(Assure, verbose_name="envoyé à", on_delete=models.PROTECT, related_name="plis")
    beneficiaire = models.ForeignKey(
        Beneficiaire, verbose_name="bénéficiaire", on_delete=models.PROTECT, related_name="plis"
    )
    declaration = models.OneToOneField(
        Declaration,
        verbose_name="déclaration",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pli",
    )
    planned_at = models.DateTimeField("prévu depuis")
    due_at = models.DateTimeField("part le")
    sent_at = models.DateTimeField("parti le", null=True, blank=True)
    adresse = models.ForeignKey(Adresse, null=True, blank=True, on_delete=models.PROTECT, related_name="plis")
    adresse_lines = models.JSONField("adresse d’envoi", default=list, blank=True)
    pdf = models.BinaryField("PDF", null=True, blank=True, editable=False)
    # The order in time that cancelled it, if one did; and the order it came back filled for.
    cancelled_by = models.ForeignKey(
        Commande,
        verbose_name="annulé par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cancelled_plis",
    )
    commande = models.OneToOneField(
        Commande, null=True, blank=True, on_delete=models.PROTECT, related_name="pli"
    )

    class Meta:
        verbose_name = "pli papier"
        verbose_name_plural = "plis papier"
        ordering = ("-due_at", "-pk")
        permissions = [("print_plipapier", "Peut imprimer le courrier du jour")]
        constraints = [
            models.UniqueConstraint(
                "beneficiaire",
                name="pli_unasked_once",
                condition=~models.Q(cause=PliCause.DECLARATION),
                violation_error_message="Ce formulaire n’est envoyé sans demande qu’une fois (F7).",
            ),
            models.CheckConstraint(
                condition=models.Q(cause=PliCause.DECLARATION, declaration__isnull=False)
                | (~models.Q(cause=PliCause.DECLARATION) & models.Q(declaration=None)),
                name="pli_cause_has_its_declaration",
                violation_error_message="Un pli de déclaration a sa déclaration, un autre n’en a pas.",
            ),
        ]
        indexes = [models.Index("due_at", name="pli_due", condition=models.Q(state=PliState.PLANNED))]

    def __str__(self) -> str:
        return f"pli {display(self.reference)}"


class PliEvent(Event):
    """One move of a paper form."""

    subject = models.ForeignKey(PliPapier, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "événement de pli"
        verbose_name_plural = "événements de pli"
        constraints = [models.UniqueConstraint("subject", "number", name="plievent_numbered")]

    def __str__(self) -> str:
        return f"{self.subject_id} n° {self.number} : {self.to_state}"
