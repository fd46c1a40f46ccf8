"""Whether the portal can serve, and whether its sweeps keep up (section 10).

Ready means that a page can be served: the database answers, its tables are those of this code, pieces can
be written and read. What waits, mails and sweeps say how the workers do: late, they are an alert, but no
reason to take the web server out of service.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min

from accounts.models import OutboxMail, SetAside, SweepRun
from suivi.echeances import oldest_due, patience

# A mail still not sent after this long: its server, or the worker, is away.
MAILS_LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Sante:
    """What was found. ``needed`` are what pages can't be served without; ``alerts`` name what is late."""

    needed: Mapping[str, bool]
    figures: Mapping[str, Any] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether pages can be served."""
        return all(self.needed.values())


def readiness(now: datetime) -> Sante:
    """Look at what the portal stands on, in a few queries. Raises nothing: what is away is told."""
    storage = _storage_works()
    try:
        missing = missing_migrations()
        needed = {"base": True, "migrations": not missing, "stockage": storage}
        if missing:
            return Sante(needed)
        figures = _figures(now)
    except DatabaseError:
        return Sante({"base": False, "migrations": False, "stockage": storage})
    return Sante(needed, figures, _alerts(figures))


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Give the migrations this code comes with: they don't change while it runs."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations)


def missing_migrations() -> set[tuple[str, str]]:
    """Give the migrations of this code that the database has not had. Raises ``DatabaseError``."""
    return set(_known_migrations() - set(MigrationRecorder(connection).applied_migrations()))


def _storage_works() -> bool:
    """Write a file, read it again, remove it, as a piece would be."""
    content = token_hex(16).encode()
    try:
        name = default_storage.save(f"sante/{token_hex(16)}", ContentFile(content))
        try:
            with default_storage.open(name, "rb") as file:
                return bool(file.read() == content)
        finally:
            default_storage.delete(name)
    except Exception:  # noqa: BLE001 -- whatever a storage of any kind raises, it does not work
        return False


def _figures(now: datetime) -> dict[str, Any]:
    """Give the ages of what waits, in seconds; None where nothing does."""
    mail = OutboxMail.objects.filter(sent_at=None, written_at__lte=now).aggregate(at=Min("written_at"))["at"]
    runs = dict(SweepRun.objects.values_list("name", "ended_at"))
    return {
        "echeances": {name: _age(at, now) for name, at in oldest_due(now).items()},
        "mails": _age(mail, now),
        "balayages": {name: _age(runs.get(name), now) for name in sorted(settings.CELERY_BEAT_SCHEDULE)},
        "mises_de_cote": SetAside.objects.count(),
    }


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round((now - at).total_seconds(), 1)


def _alerts(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what is late: due rows and sweeps by two sweeps, a mail by a quarter of an hour."""
    due = max((age for age in figures["echeances"].values() if age is not None), default=0.0)
    late = {
        "echeances": due > patience().total_seconds(),
        "mails": (figures["mails"] or 0.0) > MAILS_LATE.total_seconds(),
        "balayages": any(_is_late(name, age) for name, age in figures["balayages"].items()),
        "mises_de_cote": figures["mises_de_cote"] > 0,
    }
    return tuple(name for name, is_late in late.items() if is_late)


def _is_late(sweep: str, age: float | None) -> bool:
    """Tell whether a sweep has missed two of its turns, or has never come to its end."""
    turn: float = settings.CELERY_BEAT_SCHEDULE[sweep]["schedule"]
    return age is None or age > max(2 * turn, patience().total_seconds())
