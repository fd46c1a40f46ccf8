"""How the sweeps of production take orders, and draw what the simulation answers."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.db.models import QuerySet

from accounts.models import Beneficiaire
from carte.models import Commande
from vitale_portal.locks import hold

K = TypeVar("K")


def taker(due: QuerySet[Commande]) -> Callable[[Sequence[int]], list[Commande]]:
    """Give what locks due orders by their keys: beneficiaries, then orders, leaving those others hold.

    Whether they are due is asked behind the locks.
    """

    def take(keys: Sequence[int]) -> list[Commande]:
        theirs = Commande.objects.filter(pk__in=keys)
        who = Beneficiaire.objects.filter(pk__in=list(theirs.values_list("beneficiaire", flat=True)))
        locked = list(hold(who, skip_held=True).order_by("pk").values_list("pk", flat=True))
        rows = due.filter(pk__in=keys, beneficiaire__in=locked).select_related("beneficiaire", "author")
        return list(hold(rows, skip_held=True))

    return take


def grouped(rows: Iterable[Commande], key: Callable[[Commande], K]) -> list[tuple[K, list[Commande]]]:
    """Put together the orders of one key, in the order they come: each group moves with the same columns."""
    found: dict[K, list[Commande]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return list(found.items())


def draw(what: str, row: Commande, version: int) -> float:
    """Draw a figure from 0 up to 1 for an order: by hash, so that asking again gives the same answer.

    ``version`` is that of the order at the draw: what comes again is drawn again.
    """
    digest = hashlib.sha256(f"{what} {row.reference} {version}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
