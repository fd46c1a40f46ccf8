"""What the author of an order may do, or has to, as it stands (D5 to D8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.adresses import situation
from accounts.models import Adresse, Assure
from carte.annulation import may_cancel
from carte.eligibilite import examine, facts_for
from carte.enums import CommandeState
from carte.models import Commande, CommandeEvent
from carte.motifs import MotifList, MotifRefus, decode
from carte.reception import UNSEALED, other_destination
from suivi.etapes import STOPPED
from vitale_portal.transitions import Actor

_C = CommandeState

# What is said to the author in each state; while his caisse works there is little.
TEMPLATES: Mapping[str, str] = {
    _C.SUBMITTED: "suivi/suites/working.html",
    _C.IN_REVIEW: "suivi/suites/working.html",
    _C.TO_CORRECT: "suivi/suites/to_correct.html",
    _C.ACCEPTED: "suivi/suites/working.html",
    _C.IN_PRODUCTION: "suivi/suites/working.html",
    _C.SHIPPED: "suivi/suites/shipped.html",
    _C.DELIVERED: "suivi/suites/delivered.html",
    _C.RETURNED: "suivi/suites/returned.html",
    _C.REJECTED: "suivi/suites/rejected.html",
    _C.CANCELLED: "suivi/suites/cancelled.html",
}


@dataclass(frozen=True, kw_only=True)
class Suite:
    """What comes of an order for its author: what is said, why, and what he may do."""

    template: str
    last: CommandeEvent
    motifs: Sequence[tuple[MotifList, Sequence[MotifRefus]]]  # of the last move, by list
    refusal: Sequence[MotifRefus]  # of the centre, when the caisse has taken the order up again
    may_cancel: bool
    may_order: bool
    destination: Adresse | None  # where the card could go instead
    waiting: Adresse | None  # an address he gave that can't serve yet


def suite(commande: Commande, author: Assure, events: Sequence[CommandeEvent], now: datetime) -> Suite:
    """Tell the author of a sent order what comes of it at ``now``. ``events`` are its own, in order."""
    last = events[-1]
    moving = commande.state in UNSEALED or commande.state == _C.RETURNED
    return Suite(
        template=TEMPLATES[commande.state],
        last=last,
        motifs=decode(last.reason),
        refusal=_refusal(commande, events),
        may_cancel=may_cancel(commande, Actor.AUTHOR),
        may_order=commande.state in STOPPED and _may_order(commande, author, now),
        destination=other_destination(commande, now),
        waiting=situation(commande.author.adresses.all(), now).waiting if moving else None,
    )


def _refusal(commande: Commande, events: Sequence[CommandeEvent]) -> Sequence[MotifRefus]:
    """Give why the centre refused, until the caisse has decided again."""
    refused = [event for event in events if event.actor == Actor.CENTRE and event.to_state == _C.SUBMITTED]
    if not refused or not commande.first_in_queue:
        return ()
    return [motif for _, motifs in decode(refused[-1].reason) for motif in motifs]


def _may_order(commande: Commande, author: Assure, now: datetime) -> bool:
    """Tell whether another order may start for the same person, still attached to the same author (B1)."""
    return (
        examine(facts_for(author, commande.beneficiaire), now).may_draft
        and author.rattachements.filter(beneficiaire=commande.beneficiaire_id).exists()
    )
