"""Staff of a caisse."""

from django.db import models

from accounts.models.regime import Caisse


class Agent(models.Model):
    """An agent of a caisse, working in the admin. What he may do comes from his groups."""

    nom = models.CharField("nom", max_length=80)
    prenom = models.CharField("prénom", max_length=80)
    caisse = models.ForeignKey(Caisse, verbose_name="caisse", on_delete=models.PROTECT, related_name="agents")
    # Set with a password somebody else knows, until he has chosen his own.
    first_password_until = models.DateTimeField(
        "premier mot de passe, valable jusqu’au", null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = "agent"
        ordering = ("nom", "prenom")
        permissions = [("span_caisses", "Peut voir les lignes de toutes les caisses, jamais leurs pièces")]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}"
