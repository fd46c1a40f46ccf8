"""Choices of the floor ``suivi``."""

from django.db import models


class Opinion(models.TextChoices):
    """How the ordering went, in one of two faces."""

    GOOD = "GOOD", "Satisfait"
    BAD = "BAD", "Pas satisfait"


class Passage(models.TextChoices):
    """How a move reads in the timeline of an order, where the state it leads to does not say it (D7)."""

    CORRECTED = "CORRECTED", "Commande renvoyée, pièce remplacée"
    TAKEN_UP = "TAKEN_UP", "Carte à refaire, votre caisse reprend la commande"
    RESENT = "RESENT", "Carte envoyée de nouveau"
    PRESUMED = "PRESUMED", "Carte reçue, réception présumée"
    NEVER_CAME = "NEVER_CAME", "Carte signalée jamais reçue, commande annulée"
