"""Choices of the floor ``suivi``."""

from django.db import models


class Opinion(models.TextChoices):
    """How the ordering went, in one of two faces."""

    GOOD = "GOOD", "Satisfait"
    BAD = "BAD", "Pas satisfait"
