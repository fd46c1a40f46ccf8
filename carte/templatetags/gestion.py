"""What the agents' home page shows of the floor ``carte``."""

from typing import Any

from django import template
from django.db.models import OuterRef, Subquery
from django.template import Context

from accounts.gestion import agent_of
from carte.enums import CommandeState
from carte.models import Commande, CommandeEvent
from carte.motifs import spoken

register = template.Library()
register.filter("spoken", spoken)
SHOWN = 10
# Why the centre refused an order, the last time it did.
REFUSED_BY_CENTRE = CommandeEvent.objects.filter(
    subject=OuterRef("pk"), from_state=CommandeState.IN_PRODUCTION, to_state=CommandeState.SUBMITTED
).order_by("-number")


@register.inclusion_tag("gestion/queue.html", takes_context=True)
def queue(context: Context) -> dict[str, Any]:
    """Show the queue of the agent's caisse: how many wait, since when, and the oldest ones."""
    request = context["request"]
    waiting = Commande.objects.waiting_for(agent_of(request).caisse).select_related("beneficiaire")
    return {
        "caisse": agent_of(request).caisse,
        "count": waiting.count(),
        "oldest": waiting.annotate(centre_reason=Subquery(REFUSED_BY_CENTRE.values("reason")[:1]))[:SHOWN],
        "may_review": request.user.has_perm("carte.review_commande"),
        "csrf_token": context.get("csrf_token"),
    }
