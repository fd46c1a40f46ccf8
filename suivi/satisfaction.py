"""« Notez votre démarche »: giving an opinion, and what they come to month by month."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from carte.models import Commande
from suivi.enums import Opinion
from suivi.models import Satisfaction

MONTHS = 12


def give_satisfaction(*, commande: Commande, opinion: Opinion, comment: str, now: datetime) -> Satisfaction:
    """Keep what the author thinks of his ordering, in the place of what he said before: one an order."""
    content = {"opinion": opinion, "comment": comment, "given_at": now}
    return Satisfaction.objects.update_or_create(commande=commande, defaults=content)[0]


def months() -> Sequence[Mapping[str, Any]]:
    """Count the opinions of the last months, the newest first: ``month``, ``good``, ``bad``."""
    counted = Satisfaction.objects.annotate(month=TruncMonth("given_at")).order_by("-month").values("month")
    counts = {one.name.lower(): Count("pk", filter=Q(opinion=one)) for one in Opinion}
    return list(counted.annotate(**counts)[:MONTHS])
