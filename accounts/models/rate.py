"""How often something public was done, by whom: small counters in the database."""

from django.db import models


class Rate(models.Model):
    """Tries under one key since its hour, or its day, began. The key is a keyed hash: it names nobody."""

    key = models.CharField(max_length=100, unique=True)
    since = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "compteur"

    def __str__(self) -> str:
        return f"{self.key} : {self.count}"
