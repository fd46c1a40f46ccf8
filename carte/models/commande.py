"""Orders: one request for a card, from draft to card in hand."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import Adresse, Agent, Assure, Beneficiaire, Caisse
from carte.enums import COMMANDE_MOVES, OPEN, Channel, CommandeState, Motif, PieceKind
from carte.models.lot import LotFabrication
from vitale_portal.references import display, new_reference
from vitale_portal.transitions import Event, Moves, Stateful

if TYPE_CHECKING:
    from carte.models.piece import Piece


class CommandeQuerySet(models.QuerySet["Commande"]):
    """Reads of orders, one a screen."""

    def sent(self) -> "CommandeQuerySet":
        """Orders that left their author's hands."""
        return self.exclude(state=CommandeState.DRAFT)

    def waiting_for(self, caisse: Caisse) -> "CommandeQuerySet":
        """Give the queue of a caisse: what the centre refused, then the oldest first.

        Sent again, an order keeps its rank (D2).
        """
        waiting = self.filter(state=CommandeState.SUBMITTED, caisse=caisse)
        return waiting.order_by("-first_in_queue", "submitted_at", "pk")

    def drafts_of(self, assure: Assure) -> "CommandeQuerySet":
        """Drafts an assuré may take up again: those for people still attached to him (B1)."""
        own = self.filter(
            author=assure, state=CommandeState.DRAFT, beneficiaire__rattachements__assure=assure
        )
        return own.select_related("beneficiaire").order_by("-touched_at", "-pk")

    def own_recaps(self, assure: Assure) -> "CommandeQuerySet":
        """Give the orders an assuré has a recap of: those he sent online, the newest first (step 5)."""
        sent = self.sent().filter(author=assure, recapitulatif__isnull=False)
        return sent.select_related("beneficiaire").order_by("-submitted_at", "-pk")

    def for_holder(self, assure: Assure) -> "CommandeQuerySet":
        """Sent orders an assuré may follow: his own, and those for his beneficiaries (section 7)."""
        # By index, each: an OR across tables reads them whole.
        own, theirs = self.filter(author=assure), self.filter(beneficiaire__rattachements__assure=assure)
        held = own.order_by().values("pk").union(theirs.order_by().values("pk"))
        related = self.sent().select_related("beneficiaire", "author", "caisse")
        return related.filter(pk__in=held).order_by("-submitted_at")


class Commande(Stateful):
    """One request for a card. Only the author sees its pieces, address and recap."""

    MOVES: ClassVar[Moves] = COMMANDE_MOVES

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    state = models.CharField(
        "état", max_length=16, choices=CommandeState.choices, default=CommandeState.DRAFT, editable=False
    )
    author = models.ForeignKey(
        Assure, verbose_name="auteur", on_delete=models.PROTECT, related_name="commandes"
    )
    beneficiaire = models.ForeignKey(
        Beneficiaire, verbose_name="bénéficiaire", on_delete=models.PROTECT, related_name="commandes"
    )
    caisse = models.ForeignKey(
        Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="commandes"
    )
    channel = models.CharField("canal", max_length=8, choices=Channel.choices, default=Channel.ONLINE)
    created_at = models.DateTimeField("commencée le")
    touched_at = models.DateTimeField("touchée le")
    photo_conditions_at = models.DateTimeField("conditions de la photo lues le", null=True, blank=True)
    identite_conditions_at = models.DateTimeField("conditions de la pièce lues le", null=True, blank=True)
    # Kept when sent (C1).
    motif = models.CharField("motif", max_length=12, choices=Motif.choices, blank=True)
    submitted_at = models.DateTimeField("envoyée le", null=True, blank=True)
    expected_at = models.DateTimeField("attendue le", null=True, blank=True)
    signed_on = models.DateField("formulaire papier signé le", null=True, blank=True)
    statement_version = models.CharField("attestation cochée, version", max_length=20, blank=True)
    statement_text = models.TextField("attestation cochée", blank=True)
    adresse = models.ForeignKey(
        Adresse,
        verbose_name="adresse",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="commandes",
    )
    adresse_lines = models.JSONField("adresse d’envoi", default=list, blank=True)
    sans_photo = models.BooleanField("carte demandée sans photo", default=False)  # P7
    # After sending.
    first_in_queue = models.BooleanField("à contrôler d’abord", default=False)
    claimed_by = models.ForeignKey(
        Agent,
        verbose_name="prise par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="commandes",
    )
    lot = models.ForeignKey(
        LotFabrication,
        verbose_name="lot",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="commandes",
    )
    delivered_at = models.DateTimeField("reçue le", null=True, blank=True)
    # When time moves this order on by itself, if it does; what each sweep looks for (section 10).
    due_at = models.DateTimeField("échéance", null=True, blank=True)
    # A state that ends by itself ends then; the reminders before are counted.
    deadline_at = models.DateTimeField("limite", null=True, blank=True)
    reminders = models.PositiveSmallIntegerField("rappels envoyés", default=0)

    objects = CommandeQuerySet.as_manager()

    class Meta:
        verbose_name = "commande"
        ordering = ("-pk",)
        permissions = [
            ("review_commande", "Peut contrôler les pièces et décider"),
            ("record_post", "Peut saisir ce que dit la Poste"),
        ]
        constraints = [
            models.UniqueConstraint(
                "author",
                "beneficiaire",
                name="commande_one_draft",
                condition=models.Q(state=CommandeState.DRAFT),
                violation_error_message="Un brouillon existe déjà pour ce bénéficiaire.",
            ),
            models.UniqueConstraint(
                "beneficiaire",
                name="commande_one_open",
                condition=models.Q(state__in=OPEN),
                violation_error_message="Une commande est déjà en cours pour ce bénéficiaire.",
            ),
            models.CheckConstraint(
                condition=models.Q(state=CommandeState.DRAFT, submitted_at=None)
                | (
                    ~models.Q(state=CommandeState.DRAFT)
                    & ~models.Q(motif="")
                    & models.Q(submitted_at__isnull=False, expected_at__isnull=False)
                ),
                name="commande_sent_is_whole",
                violation_error_message="Une commande envoyée garde son motif, sa date et sa date attendue.",
            ),
        ]
        indexes = [
            # In the order sweeps take them, so that finding the first ones costs the same whatever waits.
            models.Index(
                "state", "due_at", "id", name="commande_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(
                "deadline_at",
                name="commande_back",
                condition=models.Q(state=CommandeState.DELIVERED, deadline_at__isnull=False),
            ),
            models.Index(
                fields=["caisse", "-first_in_queue", "submitted_at"],
                name="commande_queue",
                condition=models.Q(state=CommandeState.SUBMITTED),
            ),
        ]

    def __str__(self) -> str:
        return f"commande {display(self.reference)}"

    def get_absolute_url(self) -> str:
        """Give the address of its tracking."""
        return reverse("tracking", args=[self.reference])

    @property
    def current_pieces(self) -> list["Piece"]:
        """The pieces that count, the photo first; those replaced are history. One read when prefetched."""
        found = (piece for piece in self.pieces.all() if piece.replaced_at is None)
        return sorted(found, key=lambda piece: list(PieceKind).index(PieceKind(piece.kind)))

    @property
    def is_draft(self) -> bool:
        """Whether it has not been sent yet."""
        return self.state == CommandeState.DRAFT


class CommandeEvent(Event):
    """One move of an order."""

    subject = models.ForeignKey(Commande, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "événement de commande"
        verbose_name_plural = "événements de commande"
        constraints = [models.UniqueConstraint("subject", "number", name="commandeevent_numbered")]

    def __str__(self) -> str:
        return f"{self.subject_id} n° {self.number} : {self.to_state}"

    @property
    def to_label(self) -> str:
        """The state it led to, as it reads on screen."""
        return str(CommandeState(self.to_state).label)
