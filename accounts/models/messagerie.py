"""The inbox of an account, and the outbox of mails (section 10)."""

from django.db import models
from django.utils.html import escape

from accounts.enums import Notice
from accounts.models.assure import Assure
from vitale_portal.references import new_reference
from vitale_portal.sealing import SealedField

# Stands in the texts of a mail for what only its reader may know, until it is sent.
BLANK = "[[secret]]"


class Message(models.Model):
    """One notice in the inbox, rendered when written: a changed template never rewrites the past."""

    reference = models.CharField(
        "référence", max_length=10, unique=True, default=new_reference, editable=False
    )
    assure = models.ForeignKey(Assure, on_delete=models.CASCADE, related_name="messages")
    notice = models.CharField("avis", max_length=40, choices=Notice.choices)
    # What the notice is about: writing it twice for the same thing is writing it once.
    about = models.CharField("objet de l’avis", max_length=60)
    subject = models.CharField("sujet", max_length=160)
    body = models.TextField("texte")
    written_at = models.DateTimeField("écrit le")
    read_at = models.DateTimeField("lu le", null=True, blank=True)

    class Meta:
        verbose_name = "message"
        ordering = ("-written_at", "-pk")
        constraints = [models.UniqueConstraint("assure", "notice", "about", name="message_once")]
        indexes = [models.Index("assure", name="message_unread", condition=models.Q(read_at=None))]

    def __str__(self) -> str:
        return self.subject


class Lettre(models.Model):
    """A notice on paper, for who has no account: printed with the day's plis (F10)."""

    assure = models.ForeignKey(Assure, on_delete=models.CASCADE, related_name="lettres")
    notice = models.CharField("avis", max_length=40, choices=Notice.choices)
    about = models.CharField("objet de l’avis", max_length=60)
    subject = models.CharField("sujet", max_length=160)
    body = models.TextField("texte")
    written_at = models.DateTimeField("écrite le")
    # Empty until printed; an address may be missing until then.
    pdf = models.BinaryField("PDF", null=True, blank=True, editable=False)
    printed_at = models.DateTimeField("imprimée le", null=True, blank=True)

    class Meta:
        verbose_name = "lettre"
        ordering = ("-written_at", "-pk")
        constraints = [models.UniqueConstraint("assure", "notice", "about", name="lettre_once")]
        indexes = [models.Index("written_at", name="lettre_to_print", condition=models.Q(printed_at=None))]

    def __str__(self) -> str:
        return self.subject


class OutboxMail(models.Model):
    """A mail to send, written in the transaction that owes it and sent by a sweep."""

    message_id = models.CharField(max_length=120, unique=True)
    recipient = models.EmailField("à")
    subject = models.CharField("sujet", max_length=160)
    text = models.TextField("texte")
    html = models.TextField("HTML")
    # A code or a link, sealed: put in its place when the mail leaves, then erased.
    secret = SealedField("secret", null=True, blank=True, editable=False)
    written_at = models.DateTimeField("écrit le")
    due_at = models.DateTimeField("à envoyer à partir du")
    attempts = models.PositiveIntegerField("essais", default=0)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=200, blank=True)

    class Meta:
        verbose_name = "courriel"
        ordering = ("-written_at", "-pk")
        indexes = [
            models.Index("due_at", name="outboxmail_due", condition=models.Q(sent_at=None)),
            models.Index("written_at", name="outboxmail_secret", condition=models.Q(secret__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.subject  # whom it goes to is not for the desk (A10)

    @property
    def whole_text(self) -> str:
        """The text as it is sent, its secret in its place while there is one."""
        return self.text.replace(BLANK, self.secret) if self.secret else self.text

    @property
    def whole_html(self) -> str:
        """The HTML as it is sent, likewise."""
        return self.html.replace(BLANK, escape(self.secret)) if self.secret else self.html
