"""What there is one of at most, and what must be there with it (sections 6 to 8)."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from carte.enums import OPEN, CarteState, CommandeState
from carte.models import Carte, Commande, CommandeEvent, LotFabrication
from suivi.verification.question import Anomaly, named, shown
from vitale_portal.transitions import Actor

_C = CommandeState


def one_at_most(rows: QuerySet[Any], *of: str) -> Iterator[Anomaly]:
    """Tell who has more than one of these rows; ``of`` are the columns that may not come twice."""
    label = str(rows.model._meta.verbose_name)  # noqa: SLF001 -- Django's documented name
    doubled = rows.order_by().values(*of).annotate(count=Count("pk")).filter(count__gt=1)
    for found in doubled:
        values = (found[name] for name in of)
        yield Anomaly(shown(label, "de", *values), "1", str(found["count"]))


def one_open_order() -> Iterator[Anomaly]:
    """Tell the beneficiaries with two sent orders that are not finished (section 7)."""
    return one_at_most(Commande.objects.filter(state__in=OPEN), "beneficiaire__reference")


def one_card_in_use() -> Iterator[Anomaly]:
    """Tell the beneficiaries with two cards in use (section 6)."""
    return one_at_most(Carte.objects.filter(state=CarteState.IN_USE), "beneficiaire__reference")


def one_card_in_transit() -> Iterator[Anomaly]:
    """Tell the beneficiaries with two cards on their way (section 6)."""
    return one_at_most(Carte.objects.filter(state=CarteState.IN_TRANSIT), "beneficiaire__reference")


# Whether a card exists for an order in these states; of the other states either may be (D6).
MADE = (_C.SHIPPED, _C.DELIVERED, _C.RETURNED)
NOT_MADE = (_C.DRAFT, _C.SUBMITTED, _C.IN_REVIEW, _C.TO_CORRECT, _C.ACCEPTED, _C.IN_PRODUCTION, _C.REJECTED)
# In which states the card of an order may be.
CARDS_OF = {
    # SHIPPED and RETURNED may follow a presumed delivery: that card is in use already (D8).
    _C.SHIPPED: (CarteState.IN_TRANSIT, CarteState.IN_USE, CarteState.OPPOSED, CarteState.HANDED_BACK),
    _C.RETURNED: (CarteState.IN_TRANSIT, CarteState.IN_USE, CarteState.OPPOSED, CarteState.HANDED_BACK),
    _C.DELIVERED: (CarteState.IN_USE, CarteState.OPPOSED, CarteState.ENDED, CarteState.HANDED_BACK),
    _C.CANCELLED: (CarteState.OPPOSED, CarteState.HANDED_BACK),
}


def returns_follow_presumptions() -> Iterator[Anomaly]:
    """Tell the orders brought back after a delivery that was not only presumed (section 8)."""
    came_back = CommandeEvent.objects.filter(from_state=_C.DELIVERED, to_state=_C.RETURNED)
    before = CommandeEvent.objects.filter(subject=OuterRef("subject"), number=OuterRef("number") - 1)
    unfounded = came_back.filter(~Exists(before.filter(actor=Actor.SYSTEM)))
    for reference, number in unfounded.order_by().values_list("subject__reference", "number"):
        yield Anomaly(shown(named(Commande, reference), "n°", number), "réception présumée", "reçue")


def cards_follow_orders() -> Iterator[Anomaly]:
    """Tell the orders whose card is missing, too early, or not in a state that goes with theirs (D6)."""
    has_card = Exists(Carte.objects.filter(commande=OuterRef("pk")))
    orders = Commande.objects.order_by().values_list("reference", "state")
    for reference, state in orders.filter(~has_card, state__in=MADE):
        yield Anomaly(named(Commande, reference), "une carte", shown(state, "sans carte"))
    for reference, state in orders.filter(has_card, state__in=NOT_MADE):
        yield Anomaly(named(Commande, reference), "pas de carte", shown(state, "avec une carte"))
    cards = Carte.objects.order_by().values_list("commande__reference", "commande__state", "state")
    for commande_state, allowed in CARDS_OF.items():
        for reference, state, found in cards.filter(commande__state=commande_state).exclude(
            state__in=allowed
        ):
            yield Anomaly(named(Commande, reference), shown(state, "carte", *allowed), shown("carte", found))


def lots_are_numbered() -> Iterator[Anomaly]:
    """Tell when the numbers of lots are not 1 to n (D5)."""
    found = LotFabrication.objects.aggregate(count=Count("pk"), last=Max("number"))
    if found["count"] != (found["last"] or 0):
        yield Anomaly("lots de fabrication", shown("numéros 1 à", found["count"]), shown(found["last"]))


def lots_are_sealed() -> Iterator[Anomaly]:
    """Tell the lots whose CSV is not the one that was sealed, or whose count is wrong (D5)."""
    into = Q(to_state=_C.IN_PRODUCTION)
    entered = dict(CommandeEvent.objects.order_by().filter(into).values_list("at").annotate(Count("pk")))
    for lot in LotFabrication.objects.order_by("number").iterator(chunk_size=50):
        moved = entered.get(lot.sealed_at, 0)
        if lot.count != moved:
            yield Anomaly(str(lot), shown(moved, "commandes"), shown(lot.count, "commandes"))
        digest = hashlib.sha256(lot.csv.encode()).hexdigest()
        if lot.sha256 != digest:
            yield Anomaly(str(lot), lot.sha256, digest)
