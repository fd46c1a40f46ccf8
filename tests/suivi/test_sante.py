"""``/sante/`` and ``/sante/pret/``: alive, ready, and how far behind the sweeps are."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import OutboxMail, SetAside, SweepRun
from carte.enums import CommandeState
from carte.models import Commande
from suivi.sante import missing_migrations, readiness
from tests.factories import HOUR, NOW, AttestationFactory, CommandeFactory, OutboxMailFactory, PliFactory

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SWEEPS = sorted(django_settings.CELERY_BEAT_SCHEDULE)


class Away:
    """A database that is away."""

    def __call__(self, *_args: Any) -> None:
        raise OperationalError("connection refused")


def swept(at: Any = NOW) -> None:
    """Let every sweep have run."""
    SweepRun.objects.bulk_create(SweepRun(name=name, started_at=at, ended_at=at) for name in SWEEPS)


def test_alive_asks_nothing_of_the_database(client: Client) -> None:
    response = client.get("/sante/")  # no access to the database is allowed here
    assert (response.status_code, response.json()) == (200, {"vivant": True})
    assert (response.cookies.output(), response["Cache-Control"]) == (
        "", "max-age=0, no-cache, no-store, must-revalidate, private",
    )  # fmt: skip


@pytest.mark.parametrize("url", ["/sante/", "/sante/pret/"])
def test_health_is_only_read(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405


@pytest.mark.django_db
def test_ready_tells_what_it_looked_at_and_keeps_nothing(client: Client, pieces_root: Path) -> None:
    response = client.get("/sante/pret/")
    found = response.json()
    assert (response.status_code, response.cookies.output()) == (200, "")
    assert {name: found[name] for name in ("pret", "base", "migrations", "stockage")} == {
        "pret": True, "base": True, "migrations": True, "stockage": True,
    }  # fmt: skip
    assert [path for path in pieces_root.rglob("*") if path.is_file()] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("pieces_root")
def test_ready_costs_few_queries_whatever_waits(client: Client) -> None:
    client.get("/sante/pret/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/sante/pret/")
    CommandeFactory(state=CommandeState.SHIPPED, due_at=NOW)
    AttestationFactory()
    with CaptureQueriesContext(connection) as later:
        client.get("/sante/pret/")
    assert len(captured) == len(later)
    assert len(later) < 10


@pytest.mark.django_db
@pytest.mark.usefixtures("pieces_root")
def test_quiet_portal_has_nothing_waiting_and_no_alert() -> None:
    swept(NOW - MINUTE)
    sante = readiness(NOW)
    assert (sante.is_ready, sante.alerts, sante.figures["mails"]) == (True, (), None)
    assert set(sante.figures["echeances"].values()) == {None}
    assert sante.figures["balayages"] == dict.fromkeys(SWEEPS, 60.0)


@pytest.mark.django_db
@pytest.mark.usefixtures("pieces_root")
def test_what_waits_is_told_by_the_age_of_its_oldest() -> None:
    swept()
    for late in (5 * SECOND, HOUR):
        CommandeFactory(state=CommandeState.SHIPPED, due_at=NOW - late)
    CommandeFactory(state=CommandeState.SHIPPED, due_at=NOW + SECOND)
    pli = PliFactory()
    OutboxMailFactory(written_at=NOW - 90 * SECOND, due_at=NOW + MINUTE)
    found = readiness(NOW).figures
    assert {name: age for name, age in found["echeances"].items() if age is not None} == {"commandes": 3600.0}
    assert found["mails"] == 90.0
    later = pli.due_at + 12 * SECOND
    assert readiness(later).figures["echeances"]["plis"] == 12.0


# What is late, and the alert; the page is ready all the same.
ALERTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a row due for two sweeps": (lambda: Commande.objects.update(due_at=NOW - 120 * SECOND), ()),
    "a row due for longer": (lambda: Commande.objects.update(due_at=NOW - 121 * SECOND), ("echeances",)),
    "a mail of a quarter of an hour": (lambda: OutboxMail.objects.update(written_at=NOW - 15 * MINUTE), ()),
    "an older mail": (lambda: OutboxMail.objects.update(written_at=NOW - 15 * MINUTE - SECOND), ("mails",)),
    "a sweep two turns ago": (lambda: SweepRun.objects.update(ended_at=NOW - 120 * SECOND), ()),
    "a sweep that missed its turns": (
        lambda: SweepRun.objects.filter(name="carte.sweep_post").update(ended_at=NOW - 121 * SECOND),
        ("balayages",),
    ),
    "a sweep that never ran": (
        lambda: SweepRun.objects.filter(name="carte.sweep_lot").delete(),
        ("balayages",),
    ),
    "a row set aside": (
        lambda: SetAside.objects.create(
            sweep="carte.post", model="carte.commande", object_id=1, error="E", since=NOW, retry_at=NOW
        ),
        ("mises_de_cote",),
    ),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("pieces_root")
@pytest.mark.parametrize("name", ALERTS)
def test_what_is_late_is_an_alert_and_the_web_stays_in_service(name: str) -> None:
    swept()
    CommandeFactory(state=CommandeState.SHIPPED, due_at=NOW)
    OutboxMailFactory(written_at=NOW)
    make_late, alerts = ALERTS[name]
    make_late()
    sante = readiness(NOW)
    assert (sante.is_ready, sante.alerts) == (True, alerts)


@pytest.mark.django_db
@pytest.mark.usefixtures("pieces_root")
def test_missing_migration_is_not_ready(client: Client) -> None:
    MigrationRecorder(connection).ensure_schema()
    for app, name in missing_migrations():  # a run without migrations has recorded none
        MigrationRecorder(connection).record_applied(app, name)
    MigrationRecorder(connection).record_unapplied("carte", "0001_initial")
    response = client.get("/sante/pret/")
    assert (response.status_code, response.json()) == (
        503, {"pret": False, "base": True, "migrations": False, "stockage": True, "alertes": []},
    )  # fmt: skip


@pytest.mark.usefixtures("pieces_root")
def test_database_away_is_503_and_not_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suivi.sante.missing_migrations", Away())
    response = client.get("/sante/pret/")
    assert (response.status_code, response.json()) == (
        503, {"pret": False, "base": False, "migrations": False, "stockage": True, "alertes": []},
    )  # fmt: skip


@pytest.mark.django_db
def test_storage_that_does_not_write_is_503(client: Client, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    at_rest = settings.STORAGES["at_rest"]
    options = at_rest["OPTIONS"] | {"location": tmp_path / "file"}
    settings.STORAGES = settings.STORAGES | {"at_rest": at_rest | {"OPTIONS": options}}
    response = client.get("/sante/pret/")
    assert (response.status_code, response.json()["stockage"]) == (503, False)
