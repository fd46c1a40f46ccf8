"""Cards: one plastic carte Vitale each (section 6)."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts.models import Beneficiaire, Caisse
from carte.enums import CARTE_BADGES, CARTE_MOVES, CarteState
from carte.models.commande import Commande
from vitale_portal.transitions import Event, Moves, Stateful


class Carte(Stateful):
    """One card: its serial, the face it was made with, its state. It has no expiry date."""

    MOVES: ClassVar[Moves] = CARTE_MOVES

    beneficiaire = models.ForeignKey(
        Beneficiaire, verbose_name="bénéficiaire", on_delete=models.PROTECT, related_name="cartes"
    )
    commande = models.OneToOneField(
        Commande,
        verbose_name="commande",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="carte",
    )
    state = models.CharField(
        "état", max_length=12, choices=CarteState.choices, default=CarteState.IN_TRANSIT, editable=False
    )
    serial = models.CharField("numéro de série", max_length=20, unique=True)
    with_photo = models.BooleanField("avec photo", default=True)
    nom = models.CharField("nom sur la carte", max_length=80)
    prenoms = models.CharField("prénoms sur la carte", max_length=120)
    nir = models.CharField("NIR sur la carte", max_length=13)
    made_on = models.DateField("fabriquée le")
    caisse = models.ForeignKey(Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="cartes")
    exemption = models.CharField("exonération", max_length=80, blank=True)
    ayants_droit = models.JSONField("ayants droit", default=list, blank=True)
    in_use_at = models.DateTimeField("en service depuis", null=True, blank=True)
    remind_at = models.DateTimeField("prochain rappel de mise à jour", null=True, blank=True)
    # The instants of the window after a declaration (F5). They live here, so that who may order
    # needs nothing from the floor above.
    opposed_at = models.DateTimeField("en opposition depuis", null=True, blank=True)
    form_due_at = models.DateTimeField("formulaire papier prévu le", null=True, blank=True)
    online_again_at = models.DateTimeField("commande en ligne rouverte le", null=True, blank=True)

    class Meta:
        verbose_name = "carte"
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                "beneficiaire",
                name="carte_one_in_use",
                condition=models.Q(state=CarteState.IN_USE),
                violation_error_message="Ce bénéficiaire a déjà une carte en service.",
            ),
            models.UniqueConstraint(
                "beneficiaire",
                name="carte_one_in_transit",
                condition=models.Q(state=CarteState.IN_TRANSIT),
                violation_error_message="Une carte est déjà en route pour ce bénéficiaire.",
            ),
        ]
        indexes = [
            models.Index("remind_at", name="carte_to_remind", condition=models.Q(remind_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"carte n° … {self.serial[-4:]}"

    @property
    def trace_name(self) -> str:
        """What the trace calls it: by the last figures of its serial, for a row's number reads as one."""
        return str(self)

    @property
    def badge(self) -> str:
        """The kind of badge that shows its state."""
        return CARTE_BADGES.get(CarteState(self.state), "plain")

    @property
    def since(self) -> datetime | None:
        """Since when it is in the state one sees, where the row keeps it."""
        instants = {CarteState.IN_USE: self.in_use_at, CarteState.OPPOSED: self.opposed_at}
        return instants.get(CarteState(self.state))

    @property
    def has_right_face(self) -> bool:
        """Whether it still shows its holder's name and NIR."""
        who = self.beneficiaire
        return (self.nom, self.prenoms, self.nir) == (who.nom, who.prenoms, who.nir)


class CarteEvent(Event):
    """One move of a card."""

    subject = models.ForeignKey(Carte, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "événement de carte"
        verbose_name_plural = "événements de carte"
        constraints = [models.UniqueConstraint("subject", "number", name="carteevent_numbered")]

    def __str__(self) -> str:
        return f"{self.subject_id} n° {self.number} : {self.to_state}"
