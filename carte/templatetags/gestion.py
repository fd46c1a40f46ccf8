"""What the agents' home page shows of the floor ``carte``."""

from typing import Any

from django import template
from django.template import Context

from accounts.gestion import agent_of
from carte.models import Commande

register = template.Library()
SHOWN = 10


@register.inclusion_tag("gestion/queue.html", takes_context=True)
def queue(context: Context) -> dict[str, Any]:
    """Show the queue of the agent's caisse: how many wait, since when, and the oldest ones."""
    request = context["request"]
    waiting = Commande.objects.waiting_for(agent_of(request).caisse).select_related("beneficiaire")
    return {
        "caisse": agent_of(request).caisse,
        "count": waiting.count(),
        "oldest": waiting[:SHOWN],
        "may_review": request.user.has_perm("carte.review_commande"),
        "csrf_token": context.get("csrf_token"),
    }
