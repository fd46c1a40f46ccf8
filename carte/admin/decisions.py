"""The decisions of the review page: each with its form, what it does and the message it makes (D2 to D4)."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string

from accounts.enums import Notice
from accounts.models import Agent
from carte.annulation import cancel_by_agent, may_cancel
from carte.avis import facts_of
from carte.controle import accept, ask_correction, is_held, reject, release
from carte.echeances import correction_milestones
from carte.enums import CommandeState
from carte.forms_gestion import AcceptForm, CancellationForm, CorrectionForm, DecisionForm, RejectionForm
from carte.models import Commande, CommandeEvent
from carte.motifs import spoken
from vitale_portal.dates import paris, time_of_day
from vitale_portal.transitions import Actor


@dataclass(frozen=True)
class Decision:
    """One thing an agent may decide. ``notice`` is what the author is sent, shown before, if it says why."""

    form: type[DecisionForm]
    act: Callable[..., Commande]
    said: str
    title: str = ""
    notice: Notice | None = None


DECISIONS: Mapping[str, Decision] = {
    "accepter": Decision(AcceptForm, accept, "est acceptée"),
    "remettre": Decision(DecisionForm, release, "est remise dans la file"),
    "corriger": Decision(
        CorrectionForm,
        ask_correction,
        "attend une nouvelle pièce",
        "Redemander une pièce",
        Notice.COMMANDE_TO_CORRECT,
    ),
    "refuser": Decision(
        RejectionForm, reject, "est refusée", "Refuser la commande", Notice.COMMANDE_REJECTED
    ),
    "annuler": Decision(
        CancellationForm, cancel_by_agent, "est annulée", "Annuler la commande", Notice.COMMANDE_CANCELLED
    ),
}


def open_decisions(commande: Commande, agent: Agent, now: datetime) -> list[str]:
    """Give the decisions an agent may take on an order as it stands; in review, only who holds it (D4)."""
    if is_held(commande, agent, now):
        return list(DECISIONS)
    cancellable = commande.state != CommandeState.IN_REVIEW and may_cancel(commande, Actor.AGENT)
    return ["annuler"] if cancellable else []


def message_of(decision: Decision, form: DecisionForm, commande: Commande, now: datetime) -> str:
    """Give the message a decision makes, as its author will read it. Nothing is written."""
    shown = copy(commande)
    shown.deadline_at = correction_milestones(now)["deadline_at"]
    event = CommandeEvent(subject=shown, actor=Actor.AGENT, at=now, reason=form.reason)
    facts = {**facts_of(shown, event), "letter": not hasattr(commande.author, "user")}
    return render_to_string(f"emails/{decision.notice}/message.txt", facts).strip()


def meanwhile(commande: Commande, seen: int) -> list[str]:
    """Tell what happened to an order since the version an agent saw: when, what, by whom, why (D4)."""
    events = commande.events.select_related("by__agent", "by__assure__beneficiaire")
    return [_told(event) for event in events if event.number > max(seen, commande.version - 3)]


def _told(event: CommandeEvent) -> str:
    at = f"{paris(event.at):%d/%m} à {time_of_day(event.at)}"
    reason = f" ({spoken(event.reason)})" if event.reason else ""
    return f"le {at}, « {event.to_label} » par {event.by or Actor(event.actor).label}{reason}"
