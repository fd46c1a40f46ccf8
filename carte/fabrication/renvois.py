"""Cards that the post brings back: they leave again for a newer address, or wait for one (D8).

The card is made once: the same one leaves again. Brought back after a presumed delivery it stays in use,
since its table knows no way back to the road; it can be opposed there like any other.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.adresses import mark_npai, situation
from accounts.models import Adresse, User
from accounts.sweeps import together
from carte.annulation import ALIVE, UNHELD
from carte.cartes import oppose_carte
from carte.enums import OPEN, CarteState, CommandeState
from carte.fabrication.acheminement import arrival_at
from carte.fabrication.prise import taker
from carte.models import Carte, Commande
from carte.motifs import MotifList, encode
from vitale_portal.clock import accelerated
from vitale_portal.transitions import Actor, Step, move_batch

NO_NEW_ADDRESS = encode({MotifList.LAPSE: ["NO_NEW_ADDRESS"]})


def bring_back(rows: Sequence[Commande], now: datetime, by: User | None = None) -> None:
    """Record that cards came back: each leaves again at once, or waits for a new address (B4, D8).

    ``by`` is who entered the post's word, if somebody did. The caller holds the locks.
    """
    for row in rows:
        if row.adresse:
            mark_npai(adresse=row.adresse, now=now)
    again = {row: adresse for row in rows if (adresse := destination(row, now))}
    limit = now + accelerated(settings.VITALE_RETURNED_TIME)
    move_batch([row for row in rows if row not in again], _returned(now, limit, by))
    move_batch(list(again), _returned(now, None, by))
    for row, adresse in again.items():
        _send_again(row, adresse, now)


def _returned(now: datetime, limit: datetime | None, by: User | None) -> Step:
    changes = {"due_at": limit, "deadline_at": limit, "delivered_at": None}
    return Step(to=CommandeState.RETURNED, actor=Actor.POST, at=now, by=by, changes=changes)


def destination(row: Commande, now: datetime) -> Adresse | None:
    """Give the address a card that came back can leave for: one that serves, and that no mail came back from.

    None for a card that was opposed meanwhile: it is good for nothing.
    """
    if not Carte.objects.filter(commande=row, state__in=ALIVE).exists():
        return None
    current = situation(row.author.adresses.all(), now).current
    return None if current is None or current.npai_since else current


def _send_again(row: Commande, adresse: Adresse, now: datetime) -> None:
    """Send the same card to another address."""
    changes = {
        "adresse": adresse,
        "adresse_lines": [str(row.beneficiaire), *adresse.lines],
        "due_at": arrival_at(row, now),
        "deadline_at": None,
        "expected_at": now + accelerated(settings.VITALE_POST_DELAY),
    }
    move_batch([row], Step(to=CommandeState.SHIPPED, actor=Actor.SYSTEM, at=now, changes=changes))


def returns_due(now: datetime) -> int:
    """See to all the cards that come back, or came; return how many. A sweep (D8)."""
    return come_back_due(now) + resend_due(now) + give_up_due(now)


def come_back_due(now: datetime) -> int:
    """Bring back letters though their delivery had been presumed; return how many. A sweep (D5, D8)."""
    delivered = Commande.objects.filter(state=CommandeState.DELIVERED, deadline_at__lte=now)
    due = delivered.order_by("deadline_at", "pk")
    back = together("carte.back", due, lambda rows: _still_came_back(rows, now), now=now, take=taker(due))
    return len(back)


def _still_came_back(rows: Sequence[Commande], now: datetime) -> None:
    """Record that cards came back though delivery had been presumed, where that still matters (D8).

    It does not once the card is opposed, or another order is open. The caller holds the locks.
    """
    ours = Commande.objects.filter(pk__in=[row.pk for row in rows])
    back = set(still_matter(ours).values_list("pk", flat=True))
    ours.exclude(pk__in=back).update(deadline_at=None)
    bring_back([row for row in rows if row.pk in back], now)


def still_matter(delivered: QuerySet[Commande]) -> QuerySet[Commande]:
    """Give those whose card is in use, and whose holder has no other order open: they may be called back."""
    in_use = Carte.objects.filter(commande=OuterRef("pk"), state=CarteState.IN_USE)
    ordered = Commande.objects.filter(beneficiaire=OuterRef("beneficiaire"), state__in=OPEN)
    return delivered.filter(Exists(in_use), ~Exists(ordered))


def resend_due(now: datetime) -> int:
    """Send again the cards that have a new address to go to; return how many. A sweep (D8)."""
    usable = Adresse.objects.filter(assure=OuterRef("author"), usable_at__lte=now, npai_since=None)
    waiting = Commande.objects.filter(Exists(usable), state=CommandeState.RETURNED).order_by("due_at", "pk")
    known = waiting.select_related("author").prefetch_related("author__adresses")
    ready = waiting.filter(pk__in=[row.pk for row in known if destination(row, now)])
    return len(together("carte.resend", ready, lambda rows: _resend(rows, now), now=now, take=taker(ready)))


def _resend(rows: Sequence[Commande], now: datetime) -> None:
    for row in rows:
        if adresse := destination(row, now):
            _send_again(row, adresse, now)


def give_up_due(now: datetime) -> int:
    """Cancel the orders whose card nobody gave an address to for 60 days; return how many. A sweep (D8).

    An address that is still in its wait keeps the order until it serves.
    """
    due = Commande.objects.filter(state=CommandeState.RETURNED, due_at__lte=now).order_by("due_at", "pk")
    return len(together("carte.give_up", due, lambda rows: _give_up(rows, now), now=now, take=taker(due)))


def _give_up(rows: Sequence[Commande], now: datetime) -> None:
    _resend(rows, now)
    for row in rows:
        if row.state != CommandeState.RETURNED:
            continue
        if waiting := situation(row.author.adresses.all(), now).waiting:
            until = waiting.usable_at
            Commande.objects.filter(pk=row.pk).update(due_at=until, deadline_at=until)
        else:
            _cancel(row, now)


def _cancel(row: Commande, now: datetime) -> None:
    """Cancel an order; its card lies at the caisse, and can serve nobody any more."""
    step = Step(to=CommandeState.CANCELLED, actor=Actor.SYSTEM, at=now, reason=NO_NEW_ADDRESS, changes=UNHELD)
    move_batch([row], step)
    for carte in Carte.objects.filter(commande=row, state__in=ALIVE):
        oppose_carte(carte=carte, actor=Actor.SYSTEM, user=None, reason=NO_NEW_ADDRESS, now=now)
