"""What waits for a sweep, and since when: one table, for ``verify`` and for ``/sante/pret/`` (section 10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, Min, Model, OuterRef, Q, QuerySet, Value

from accounts.models import Adresse, CodeProvisoire, Demande, Lettre, OutboxMail, SetAside
from carte.enums import CommandeState
from carte.models import Carte, Commande, CopieCarte, Recapitulatif
from declarations.enums import PliState
from declarations.models import Attestation, PliPapier


@dataclass(frozen=True)
class Echeance:
    """Rows that a sweep acts on from an instant on: which ones wait, and the column of the instant."""

    name: str
    model: type[Model]
    instant: str
    waiting: Callable[[datetime], Q]

    def due(self, now: datetime) -> QuerySet[Any]:
        """Give the rows whose instant has come, whether or not they were set aside."""
        return self.model._base_manager.filter(self.waiting(now), **{f"{self.instant}__lte": now})  # noqa: SLF001

    def late(self, since: datetime, now: datetime) -> QuerySet[Any]:
        """Give the rows due since an instant that nothing keeps: neither set aside nor without an address."""
        aside = SetAside.objects.filter(model=self.model._meta.label_lower, object_id=OuterRef("pk"))  # noqa: SLF001
        return self.due(now).filter(~Exists(aside), **{f"{self.instant}__lt": since})


def _has_address(now: datetime) -> Q:
    """Tell whether the assuré has an address to write to: without one a letter is held (F6)."""
    usable = Adresse.objects.filter(assure=OuterRef("assure"), usable_at__lte=now, npai_since=None)
    return Q(Exists(usable.filter(withdrawn_at=None).exclude(ends_at__lte=now)))


ECHEANCES = (
    # The states are named, all of them, for the index on state and due time.
    Echeance("commandes", Commande, "due_at", lambda _now: Q(state__in=CommandeState.values)),
    Echeance("livraisons présumées", Commande, "deadline_at", lambda _now: Q(state=CommandeState.DELIVERED)),
    Echeance("rappels de mise à jour", Carte, "remind_at", lambda _now: Q(remind_at__isnull=False)),
    Echeance("récapitulatifs", Recapitulatif, "commande__submitted_at", lambda _now: Q(pdf=None)),
    Echeance("copies de carte", CopieCarte, "planned_at", lambda _now: Q(pdf=None)),
    Echeance("adresses", Adresse, "notice_due_at", lambda _now: Q(notice_due_at__isnull=False)),
    Echeance("plis", PliPapier, "due_at", lambda now: Q(state=PliState.PLANNED) & _has_address(now)),
    Echeance("lettres", Lettre, "written_at", lambda now: Q(printed_at=None) & _has_address(now)),
    Echeance("demandes", Demande, "asked_at", lambda _now: Q()),
    Echeance(
        "codes provisoires", CodeProvisoire, "asked_at", lambda now: Q(code_hash="") & _has_address(now)
    ),
    Echeance("attestations", Attestation, "requested_at", lambda _now: Q(pdf=None)),
)
MAILS = Echeance("mails", OutboxMail, "due_at", lambda _now: Q(sent_at=None))


# A sweep takes time itself, and when time is accelerated two of them are seconds.
AT_LEAST = timedelta(seconds=10)


def patience() -> timedelta:
    """Give how long a due row may wait before something is wrong: two sweeps."""
    return max(timedelta(seconds=2 * settings.SWEEP_INTERVAL), AT_LEAST)


def oldest_due(now: datetime) -> dict[str, datetime | None]:
    """Give, for each kind of row that waits, the oldest instant that has come; in one query."""
    first, *others = (
        one.due(now)
        .order_by()
        .annotate(row_kind=Value(one.name, output_field=CharField()))
        .values("row_kind")
        .annotate(oldest=Min(F(one.instant)))
        .values_list("row_kind", "oldest")
        for one in ECHEANCES
    )
    found: dict[str, datetime | None] = dict(first.union(*others, all=True))
    return {one.name: found.get(one.name) for one in ECHEANCES}
