"""What a trace of a million lines costs: a line, its seal, the proof (under a minute), the purge, the pages.

On PostgreSQL, in a database of its own that is dropped at the end:
``DATABASE_URL=postgres://… python -m tests.benchmarks.traces --lines 1000000``.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ["VITALE_PIECES_ROOT"] = tempfile.mkdtemp(prefix="vitale-traces-")
    django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Act
from accounts.models import Beneficiaire, Trace
from accounts.traces import trace
from accounts.traces.chain import seal_due
from accounts.traces.macs import COLUMNS, mac_of_line
from accounts.traces.proof import prove
from accounts.traces.purge import purge_old
from tests.benchmarks.fill import scratch_database
from tests.factories import AgentFactory, assure_ready
from tests.fixtures import at_desk

CHUNK = 10_000
WRITTEN = (*COLUMNS, "mac")
PEOPLE = 500
LOOKS = 2_000


@contextmanager
def told(what: str, times: int = 1) -> Iterator[None]:
    start = time.perf_counter()
    yield
    took = time.perf_counter() - start
    print(f"{took:8.2f} s  {what}" + (f", {took / times * 1e6:.0f} µs each" if times > 1 else ""), flush=True)


def write(lines: int) -> None:
    """Lines of a few hundred people, a second apart, the last one now."""
    agent = AgentFactory(groups=("audit",))
    people = [assure_ready().beneficiaire.pk for _ in range(PEOPLE)]
    end, acts = timezone.now(), [Act.FILE_SEEN, Act.PIECE_SEEN, Act.DECIDED]
    for start in range(0, lines, CHUNK):
        made = [
            Trace(
                act=acts[n % 3], at=end - timedelta(seconds=lines - n), by=agent.user, caisse=agent.caisse,
                network_address=f"10.0.{n % 200}.7", beneficiaire_id=people[n % PEOPLE],
                about=f"commande {n:010d}", words="photo d’identité",
            )
            for n in range(start, start + CHUNK)
        ]  # fmt: skip
        for line in made:
            line.mac = mac_of_line([getattr(line, name) for name in COLUMNS])
        with connection.connection.cursor().copy(
            f"COPY accounts_trace ({', '.join(WRITTEN)}) FROM STDIN"
        ) as copy:
            for line in made:
                copy.write_row([getattr(line, name) for name in WRITTEN])


def pages() -> None:
    """The desk's list: plain, filtered, searched; and the page of the assuré."""
    desk, person = at_desk(AgentFactory(groups=("audit",))), Client()
    someone = Beneficiaire.objects.filter(traces__isnull=False).first()
    assert someone is not None
    person.force_login(someone.assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    listed = reverse("admin:accounts_trace_changelist")
    today = f"{timezone.now():%Y-%m-%d}"
    for client, url in (
        (desk, listed),
        (desk, f"{listed}?act__exact=PIECE_SEEN"),
        (desk, f"{listed}?act__exact=EXPORTED"),
        (desk, f"{listed}?at__gte={today} 00:00:00%2B00:00"),
        (desk, f"{listed}?beneficiaire__id__exact={someone.pk}"),
        (desk, f"{listed}?p=50"),
        (person, reverse("file_looks")),
    ):
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            status = client.get(url).status_code
        took = (time.perf_counter() - start) * 1000
        sql = sum(float(query["time"]) for query in captured) * 1000
        print(f"{took:6.0f} ms ({sql:.0f} in {len(captured)} queries), {status}  {url}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    options = parser.parse_args()
    setup_test_environment()
    with scratch_database():
        with told("writing", options.lines):
            write(options.lines)
        with told("sealing", options.lines):
            while seal_due(timezone.now()):
                pass
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        with told("a sweep with nothing to seal"):
            seal_due(timezone.now())
        with told("proof"):
            assert list(prove(timezone.now())) == []
        person = assure_ready()
        with told("looks, one INSERT each", LOOKS):
            for _ in range(LOOKS):
                trace(Act.FILE_SEEN, at=timezone.now(), by=person.user, beneficiaire=person.beneficiaire)
        call_command("sync_groups")
        pages()
        while seal_due(timezone.now()):
            pass
        later = timezone.now() + settings.VITALE_TRACE_LIFE + timedelta(days=1)
        with told("purge of 50 000", 50_000):
            for _ in range(10):
                purge_old(later)
        assert [fault.what for fault in prove(timezone.now())] == []


if __name__ == "__main__":
    main()
