"""« Notez votre démarche », for the page of a floor below that shows it."""

from typing import Any

from django import template

from carte.enums import Channel
from carte.models import Commande
from suivi.forms import SatisfactionForm
from suivi.models import Satisfaction

register = template.Library()


@register.inclusion_tag("suivi/satisfaction_block.html", takes_context=True)
def satisfaction(context: dict[str, Any], commande: Commande) -> dict[str, Any]:
    """Show the form, or thanks once it is filled; nothing for an order that was not sent online."""
    return {
        "commande": commande,
        "asked": commande.channel == Channel.ONLINE,
        "given": Satisfaction.objects.filter(commande=commande).exists(),
        "form": SatisfactionForm(),
        "csrf_token": context.get("csrf_token"),
    }
