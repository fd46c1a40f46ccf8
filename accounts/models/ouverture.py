"""Opening an account, or getting back into one: links, provisional codes, demands, openings (A4, A5)."""

from django.db import models

from accounts.enums import CodeChannel, DemandeKind, LinkPurpose
from accounts.models.assure import Assure
from vitale_portal.references import new_reference
from vitale_portal.sealing import SealedField


class MailLink(models.Model):
    """A link sent by mail, 30 minutes, one use. Only the hash of its token is kept (A4, A5)."""

    assure = models.ForeignKey(Assure, on_delete=models.CASCADE, related_name="mail_links")
    purpose = models.CharField("objet", max_length=16, choices=LinkPurpose.choices)
    email = models.EmailField("envoyé à")
    # What the link is about beside the assuré, by its reference: an opening.
    about = models.CharField(max_length=10, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField("fait le")
    ends_at = models.DateTimeField("valable jusqu’au")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "lien envoyé par courriel"
        indexes = [models.Index(fields=["ends_at"], name="maillink_ends")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} n° {self.pk}"


class Demande(models.Model):
    """Something asked by who is not signed in, as typed: a sweep judges it, and erases it.

    The request looks nothing up, so that its answer, its duration included, tells nothing.
    """

    kind = models.CharField("objet", max_length=16, choices=DemandeKind.choices)
    nir = models.CharField(max_length=13)
    nom = models.CharField(max_length=80, blank=True)
    date_naissance = models.DateField(null=True, blank=True)
    code_postal = models.CharField(max_length=5, blank=True)
    asked_at = models.DateTimeField("demandé le")

    class Meta:
        verbose_name = "demande"
        indexes = [models.Index(fields=["asked_at"], name="demande_asked")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} n° {self.pk}"


class CodeProvisoire(models.Model):
    """A provisional code: by post or from an agent, five tries, one use (A4). Only its hash is kept.

    One by post has neither code nor letter until the batch is made; its letter is kept sealed, for the print
    room alone, and erased with the row at the end. A new one takes the place of the former.
    """

    assure = models.OneToOneField(Assure, on_delete=models.CASCADE, related_name="code_provisoire")
    channel = models.CharField("remis", max_length=8, choices=CodeChannel.choices)
    asked_at = models.DateTimeField("demandé le")
    code_hash = models.CharField(max_length=128, blank=True, editable=False)
    letter = SealedField("lettre", null=True, blank=True, editable=False)  # a PDF, in base 64
    made_at = models.DateTimeField("fait le", null=True, blank=True)
    # Before this instant a letter may still be on its way: no other demand takes its place.
    arrives_by = models.DateTimeField("arrivé avant le", null=True, blank=True)
    ends_at = models.DateTimeField("valable jusqu’au", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)

    class Meta:
        verbose_name = "code provisoire"
        verbose_name_plural = "codes provisoires"
        permissions = [("hand_over_code", "Peut remettre un code provisoire au guichet")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code_hash="", letter=None, made_at=None, ends_at=None)
                | (~models.Q(code_hash="") & models.Q(made_at__isnull=False, ends_at__isnull=False)),
                name="codeprovisoire_made_whole",
                violation_error_message="Un code fait a une date et une fin.",
            )
        ]
        indexes = [
            models.Index("asked_at", name="codeprovisoire_to_make", condition=models.Q(code_hash="")),
            models.Index("made_at", name="codeprovisoire_to_print", condition=models.Q(letter__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"code provisoire n° {self.pk}"


class Ouverture(models.Model):
    """An opening under way, once the person has proved who she is; it belongs to her browser session.

    Its steps: terms accepted, code personnel chosen, e-mail address given, then confirmed. The account is
    made, or changed hands back, at the last one.
    """

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    assure = models.ForeignKey(Assure, on_delete=models.CASCADE, related_name="ouvertures")
    by_code = models.BooleanField("par code provisoire")
    started_at = models.DateTimeField("commencée le")
    ends_at = models.DateTimeField("abandonnée le")
    terms_version = models.CharField("conditions acceptées", max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField("acceptées le", null=True, blank=True)
    code_hash = models.CharField(max_length=128, blank=True, editable=False)
    email = models.EmailField("adresse électronique", blank=True)

    class Meta:
        verbose_name = "ouverture de compte"
        verbose_name_plural = "ouvertures de compte"
        indexes = [models.Index(fields=["ends_at"], name="ouverture_ends")]

    def __str__(self) -> str:
        return f"ouverture {self.reference}"
