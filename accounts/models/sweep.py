"""What sweeps remember: the rows that failed, and when each sweep last ran (section 10)."""

from django.db import models


class SetAside(models.Model):
    """A row one sweep could not act on: left alone until ``retry_at``, so that the others don't wait for it.

    ``sweep`` names the act, ``model`` and ``object_id`` the row. ``error`` holds no personal data.
    """

    sweep = models.CharField("balayage", max_length=60)
    model = models.CharField("table", max_length=60)
    object_id = models.BigIntegerField("n° de ligne")
    attempts = models.PositiveIntegerField("essais", default=0)
    error = models.CharField("erreur", max_length=300)
    since = models.DateTimeField("depuis le")
    retry_at = models.DateTimeField("nouvel essai à partir du")

    class Meta:
        verbose_name = "ligne mise de côté"
        verbose_name_plural = "lignes mises de côté"
        ordering = ("-since", "-pk")
        permissions = [("retry_setaside", "Peut faire réessayer une ligne mise de côté")]
        constraints = [models.UniqueConstraint("sweep", "model", "object_id", name="setaside_once")]

    def __str__(self) -> str:
        return f"{self.sweep} : {self.model} n° {self.object_id}"


class SweepRun(models.Model):
    """The last run of a sweep that came to its end, and on how many rows it acted."""

    name = models.CharField("balayage", max_length=60, unique=True)
    started_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("terminé le")
    rows = models.PositiveIntegerField("lignes", default=0)

    class Meta:
        verbose_name = "passage d’un balayage"
        verbose_name_plural = "passages des balayages"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
