"""What failed sign-ins close, and until when (A3)."""

from django.db import models

from accounts.enums import LockKind
from accounts.models.user import User


class Lock(models.Model):
    """Failed sign-ins counted under one key, a keyed hash that names nobody.

    ``failures`` are those still remembered at ``counted_at``; ``accounts.sign_in.locks`` alone reads both.
    """

    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField("compte", max_length=12, choices=LockKind.choices)
    failures = models.PositiveSmallIntegerField("échecs", default=0)
    counted_at = models.DateTimeField("au")
    closed_until = models.DateTimeField("fermé jusqu’au", null=True)
    # Whose account it is about, when there is one; and since when he is to be told.
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="locks")
    due_at = models.DateTimeField("à dire à partir du", null=True)
    forget_at = models.DateTimeField("à oublier le", db_index=True)

    class Meta:
        verbose_name = "verrou"
        indexes = [models.Index("due_at", name="lock_due", condition=models.Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.failures}"
