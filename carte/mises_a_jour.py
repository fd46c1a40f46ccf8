"""When people are reminded to update a card in use: yearly, and after a change (section 6).

The yearly one is a due time on the card, for the sweep. The others are written with the change itself: of an
address when it becomes usable, of a name, a NIR or rights when an agent enters it. An assuré is told of his
own address and rights, and of them alone: the other parent of a child learns nothing of either.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.enums import Changement, Notice
from accounts.models import Assure, Beneficiaire, Rattachement
from accounts.notices import Owed, notify
from accounts.sweeps import together
from carte.enums import CarteState
from carte.models import Carte
from vitale_portal.clock import accelerated
from vitale_portal.dates import months_later, paris
from vitale_portal.transitions import Step


def next_reminder(now: datetime) -> datetime:
    """Give the instant of the next yearly reminder: the same hour in Paris, a year from ``now``."""
    return now + accelerated(months_later(now, settings.VITALE_UPDATE_MONTHS) - now)


def plan_reminder(step: Step, **_signal: Any) -> Mapping[str, Any]:
    """Give when the moved cards are reminded of: a year after they came in use, never once they are not."""
    return {"remind_at": next_reminder(step.at) if step.to == CarteState.IN_USE else None}


def remind_due(now: datetime) -> int:
    """Remind of the cards whose year is over; return of how many. A sweep: however late, once."""
    due = Carte.objects.filter(state=CarteState.IN_USE, remind_at__lte=now).order_by("remind_at", "pk")
    return len(together("carte.reminders", due, partial(_remind, now=now), now=now))


def _remind(cartes: Sequence[Carte], now: datetime) -> None:
    due = {carte.beneficiaire_id: carte for carte in cartes}
    links = _in_use(now).filter(beneficiaire__in=due)
    notify((_yearly(link, due[link.beneficiaire_id]) for link in links), at=now)
    Carte.objects.filter(pk__in=[carte.pk for carte in cartes]).update(remind_at=next_reminder(now))


def _yearly(link: Rattachement, carte: Carte) -> Owed:
    about = f"carte {carte.pk} rappel {carte.remind_at:%Y-%m-%dT%H:%M:%S}"
    return _owed(link.assure, [link.beneficiaire], None, about)


def tell_assures(rows: Sequence[Assure], changement: Changement, at: datetime, **_signal: Any) -> None:
    """Tell assurés whose address or rights changed which cards of theirs are to be updated: one notice each.

    Said once a day for the same change, however many times it is entered.
    """
    found: dict[Assure, list[Beneficiaire]] = defaultdict(list)
    links = _in_use(at).filter(assure__in=rows).order_by("-lien", "beneficiaire__date_naissance", "pk")
    for link in links:
        found[link.assure].append(link.beneficiaire)
    about = f"{changement.value} {paris(at).date()}"
    notify((_owed(assure, people, changement, about) for assure, people in found.items()), at=at)


def tell_holders(rows: Iterable[Beneficiaire], changement: Changement, at: datetime, **_signal: Any) -> None:
    """Tell every holder of people whose civil status or rights changed that their card is to be updated."""
    day = paris(at).date()

    def owed(link: Rattachement) -> Owed:
        about = f"{changement.value} {link.beneficiaire_id} {day}"
        return _owed(link.assure, [link.beneficiaire], changement, about)

    notify(map(owed, _in_use(at).filter(beneficiaire__in=rows)), at=at)


def _in_use(now: datetime) -> QuerySet[Rattachement]:
    """Give who holds a card in use; not for whom rights ended: his card is to be handed back (E5)."""
    links = Rattachement.objects.filter(beneficiaire__cartes__state=CarteState.IN_USE)
    return links.exclude(beneficiaire__rights_ended_since__lte=now).select_related("assure", "beneficiaire")


def _owed(
    assure: Assure, beneficiaires: Sequence[Beneficiaire], changement: Changement | None, about: str
) -> Owed:
    facts = {"beneficiaires": beneficiaires, "changement": changement}
    return Owed(assure=assure, notice=Notice.CARTE_UPDATE, about=about, facts=facts)
