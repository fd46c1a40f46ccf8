"""What the agents' home page shows of the floor ``carte``."""

from typing import Any

from django import template
from django.db.models import OuterRef, Subquery
from django.template import Context
from django.utils import timezone

from accounts.gestion import agent_of
from carte.controle import held_by
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
    """Show the queue of the agent's caisse: how many wait, since when, the oldest ones, and what he holds."""
    request = context["request"]
    agent = agent_of(request)
    waiting = Commande.objects.waiting_for(agent.caisse).select_related("beneficiaire")
    return {
        "caisse": agent.caisse,
        "held": held_by(agent, timezone.now()),
        "count": waiting.count(),
        "oldest": waiting.annotate(centre_reason=Subquery(REFUSED_BY_CENTRE.values("reason")[:1]))[:SHOWN],
        "may_review": request.user.has_perm("carte.review_commande"),
        "csrf_token": context.get("csrf_token"),
    }
