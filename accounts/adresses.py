"""Addresses: which one serves, which one waits, and what giving one does (B2 to B4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.changements import changed
from accounts.enums import AdresseKind, Changement, Notice, Outcome
from accounts.models import Adresse, Assure
from accounts.notices import Owed, notify
from accounts.sweeps import together
from vitale_portal.clock import accelerated
from vitale_portal.locks import hold
from vitale_portal.text import fold


@dataclass(frozen=True)
class AdresseSituation:
    """What an assuré's addresses come to at an instant; each may be missing.

    ``current`` serves mail, ``waiting`` will once its wait is over, ``definitive`` is the one that
    holds again when a provisional one ends.
    """

    current: Adresse | None = None
    waiting: Adresse | None = None
    definitive: Adresse | None = None

    @property
    def on_file(self) -> list[Adresse]:
        """The addresses one can go on with, or back to, without a wait (B3)."""
        return [a for a in (self.waiting, self.current, self.definitive) if a]


def situation(adresses: Iterable[Adresse], now: datetime) -> AdresseSituation:
    """Tell which of an assuré's addresses serves and which waits at ``now`` (B2, B3).

    The last one given prevails, once usable; when a provisional one ends, the définitive one holds
    again. ``adresses`` come in the order they were given.
    """
    standing = [a for a in adresses if a.withdrawn_at is None or a.withdrawn_at > now]
    started = [a for a in standing if a.usable_at <= now]
    waiting = [a for a in standing if a.usable_at > now]
    definitives = [a for a in started if a.kind == AdresseKind.DEFINITIVE]
    definitive = definitives[-1] if definitives else None
    last = started[-1] if started else None
    over = last is not None and last.ends_at is not None and last.ends_at <= now
    return AdresseSituation(definitive if over else last, waiting[-1] if waiting else None, definitive)


def usable_adresse(assure: Assure, now: datetime) -> Adresse | None:
    """Give the address letters go to now, if there is one and no mail came back from it (F6)."""
    current = situation(assure.adresses.all(), now).current
    return None if current is None or current.npai_since else current


@dataclass(frozen=True)
class Given:
    """What giving an address did, and the address that results from it."""

    outcome: Outcome
    adresse: Adresse


def give_adresse(
    *, assure: Assure, content: Mapping[str, str], kind: AdresseKind, ends_at: datetime | None, now: datetime
) -> Given:
    """Record the address an assuré gives; it is usable after the wait of his regime (B3).

    ``ends_at`` is an aware instant for a provisional address, None for a définitive one. In one
    transaction, serialised on the assuré. Raises nothing: the outcome says what happened.
    """
    with transaction.atomic():
        hold(Assure.objects).get(pk=assure.pk)
        adresses = list(assure.adresses.all())
        same = [a for a in adresses if _words(a.content) == _words(content)]
        returned = [a for a in same if a.npai_since]
        if returned:
            return Given(Outcome.RETURNED_MAIL, returned[-1])
        on_file = situation(adresses, now).on_file
        kept = next((a for a in on_file if a in same and (a.kind, a.ends_at) == (kind, ends_at)), None)
        if kept:
            return _go_on_with(kept, adresses, now)
        return Given(Outcome.NEW, _add(assure, content, kind, ends_at, now))


def _words(content: Mapping[str, str]) -> dict[str, list[str]]:
    """Give what two addresses must share to be the same: case, accents and spaces do not count."""
    return {name: fold(text).split() for name, text in content.items()}


def _go_on_with(kept: Adresse, adresses: list[Adresse], now: datetime) -> Given:
    """Return to an address still on file: those given after it are withdrawn, nothing waits."""
    after = adresses[adresses.index(kept) + 1 :]
    dropped = [a.pk for a in after if a.withdrawn_at is None and (a.ends_at is None or a.ends_at > now)]
    if not dropped:
        return Given(Outcome.UNCHANGED, kept)
    Adresse.objects.filter(pk__in=dropped).update(withdrawn_at=now, notice_due_at=None)
    return Given(Outcome.BACK if kept.usable_at <= now else Outcome.UNCHANGED, kept)


def _add(
    assure: Assure, content: Mapping[str, str], kind: AdresseKind, ends_at: datetime | None, now: datetime
) -> Adresse:
    """Add an address; one that waited gives way to it."""
    assure.adresses.filter(usable_at__gt=now, withdrawn_at=None).update(withdrawn_at=now, notice_due_at=None)
    usable_at = now + accelerated(assure.caisse.regime.address_wait)
    return Adresse.objects.create(
        assure=assure,
        kind=kind,
        given_at=now,
        usable_at=usable_at,
        ends_at=ends_at,
        notice_due_at=usable_at,
        **content,
    )


def mark_npai(*, adresse: Adresse, now: datetime) -> None:
    """Mark an address that mail came back from, if it is still the one that serves its assuré (B4, D8)."""
    current = situation(adresse.assure.adresses.all(), now).current
    if current == adresse:
        Adresse.objects.filter(pk=adresse.pk, npai_since=None).update(npai_since=now)


def clear_npai(adresse: Adresse) -> None:
    """Trust an address again although mail came back from it: an agent decides, with a reason (B4)."""
    Adresse.objects.filter(pk=adresse.pk).update(npai_since=None)


def earliest_end(assure: Assure, now: datetime) -> datetime:
    """Give the instant a provisional address must outlast: its wait, then the announced delay (B2)."""
    regime = assure.caisse.regime
    return now + accelerated(regime.address_wait) + accelerated(regime.announced_online)


BATCH = 200


def tell_usable(now: datetime) -> int:
    """Write the message and the mail for the addresses that became usable; return how many (B3).

    A sweep: late or twice, each address is told once, and nobody waits for it.
    """
    due = Adresse.objects.filter(notice_due_at__lte=now).select_related("assure")
    ordered = due.order_by("notice_due_at", "pk")
    return len(together("accounts.usable", ordered, lambda rows: _tell(rows, now), now=now, most=BATCH))


def _tell(adresses: Sequence[Adresse], now: datetime) -> None:
    notify([_owed(adresse) for adresse in adresses], at=now)
    assures = [adresse.assure for adresse in adresses]
    changed.send(sender=Assure, rows=assures, changement=Changement.ADRESSE, at=now)
    Adresse.objects.filter(pk__in=[a.pk for a in adresses]).update(notice_due_at=None)


def _owed(adresse: Adresse) -> Owed:
    about, facts = f"adresse {adresse.pk}", {"adresse": adresse}
    return Owed(assure=adresse.assure, notice=Notice.ADRESSE_USABLE, about=about, facts=facts)
