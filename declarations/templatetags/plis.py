"""Paper forms, for the pages of a floor below that show them."""

from typing import Any

from django import template
from django.utils import timezone

from carte.models import Commande
from declarations.plis import put_back_at

register = template.Library()


@register.inclusion_tag("declarations/form_put_back.html")
def form_put_back(commande: Commande) -> dict[str, Any]:
    """Say when the form an order had cancelled would leave, were the order cancelled now (F5)."""
    return {"due_at": put_back_at(commande, timezone.now())}
