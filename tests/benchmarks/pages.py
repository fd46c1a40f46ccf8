"""What each signed-in page costs: queries, and processor time beside a bare Django view.

On PostgreSQL, in a database of its own that is dropped at the end:
``DATABASE_URL=postgres://… python -m tests.benchmarks.pages --assures 100000``.

It asks every signed-in address of the site, as an assuré with one of everything, then every address of the
desk, as an agent of every group; an address it knows nothing to ask for ends it. Processor time is that of
this thread and, when PostgreSQL runs on this machine, that of its process that answers. Two promises, for
the site: at most 12 queries, at most 4 times a bare view with session, user and one query. The bare view
is asked in turns with each page, so that both meet the same machine.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django

if __name__ == "__main__":
    from tests.benchmarks.attestations import prepare

    var = tempfile.TemporaryDirectory(prefix="vitale-pages-")  # gone when the process ends
    prepare(var.name, 0)
    os.environ |= {
        "VITALE_DEMONSTRATION": "false",
        "VITALE_SPARE_DEMONSTRATION": "false",
        "VITALE_ACCELERATION": "1",
    }
    django.setup()

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.benchmarks.addresses import Address, desk, site
from tests.benchmarks.bare import bare_application
from tests.benchmarks.fill import fill, scratch_database
from tests.benchmarks.household import household
from tests.benchmarks.past import ORDERS_A_PERSON
from tests.fixtures import at_desk

MOST_QUERIES = 12
MOST_TIMES = 4.0
TURNS = 30
WARM_UP = 5
TOKEN = "t" * 32
BAD_REQUEST = 400
BARE = Address("bare", "/bare/")


@dataclass(frozen=True)
class Spent:
    """Processor time, in milliseconds: this thread's, and PostgreSQL's."""

    here: float
    database: float

    @property
    def both(self) -> float:
        return self.here + self.database

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.here - other.here, self.database - other.database)


@dataclass(frozen=True)
class Cost:
    """What an address costs: queries, the median of its processor time, and how many bare views that is."""

    address: Address
    status: int
    queries: int
    spent: Spent
    times: float

    @property
    def over(self) -> bool:
        """A page that breaks a promise; what a form does (decode a picture, tell people) has none."""
        return self.address.is_page and (self.queries > MOST_QUERIES or self.times > MOST_TIMES)


class Visitor:
    """Somebody signed in, who asks an application as a web server does."""

    def __init__(self, client: Client) -> None:
        self.cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}"
        connection.ensure_connection()
        for signal in (request_started, request_finished):  # the process that answers stays the same
            signal.disconnect(close_old_connections)
        self.stat = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")

    def now(self) -> Spent:
        database = int(self.stat.read_text().split()[0]) / 1e6 if self.stat.exists() else 0.0
        return Spent(time.thread_time() * 1000, database)

    def ask(self, application: WSGIHandler, address: Address) -> tuple[int, Spent]:
        """Give the status and the processor time of one answer, read to its end."""
        headers = {"SERVER_NAME": "localhost", "HTTP_COOKIE": self.cookies, "HTTP_X_CSRFTOKEN": TOKEN}
        environ = RequestFactory().generic(address.method, address.url, **headers).environ
        before = self.now()
        response = application(environ, lambda *_: None)
        for _part in response:
            pass
        response.close()
        return response.status_code, self.now() - before

    def cost(self, application: WSGIHandler, bare: WSGIHandler, address: Address) -> Cost:
        """Ask for an address and for the bare view in turns."""
        for _ in range(WARM_UP):
            self.kept(application, address)
        with CaptureQueriesContext(connection) as captured:
            status, _ = self.kept(application, address)
            queries = len(captured)
        pages, bares = [], []
        for _ in range(TURNS):
            bares.append(self.ask(bare, BARE)[1])
            pages.append(self.kept(application, address)[1])
        spent, alone = median(pages), median(bares)
        return Cost(address, status, queries, spent, spent.both / alone.both)

    def kept(self, application: WSGIHandler, address: Address) -> tuple[int, Spent]:
        """Ask; what a form writes is undone, so that it may be sent again."""
        if address.method == "GET":
            return self.ask(application, address)
        with transaction.atomic():
            answer = self.ask(application, address)
            transaction.set_rollback(True)
        return answer


def median(spent: list[Spent]) -> Spent:
    return Spent(
        statistics.median(one.here for one in spent), statistics.median(one.database for one in spent)
    )


def told(costs: list[Cost]) -> Iterator[str]:
    yield f"{'address':44} status queries  Python ms  PostgreSQL ms  times the bare view"
    refused = [cost.address.name for cost in costs if cost.status >= BAD_REQUEST]
    for cost in costs:
        if cost.status >= BAD_REQUEST:
            continue
        mark = "  OVER" if cost.over else ""
        spent = f"{cost.spent.here:10.2f} {cost.spent.database:14.2f}"
        yield f"{cost.address.name:44} {cost.status:6} {cost.queries:7} {spent} {cost.times:20.2f}{mark}"
    if refused:
        yield f"refused, or for forms only: {', '.join(refused)}"


def measured(client: Client, addresses: list[Address]) -> list[Cost]:
    """Ask for each address in that browser; those that only refuse are left out, and named."""
    visitor, application, bare = Visitor(client), get_wsgi_application(), bare_application()
    alone = visitor.cost(bare, bare, BARE)
    found = [visitor.cost(application, bare, address) for address in addresses]
    wrong = [f"{c.address.name}: {c.status}" for c in found if c.status not in c.address.statuses]
    if wrong:
        sys.exit(f"answered something else than expected: {', '.join(wrong)}")
    return [alone, *found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assures", type=int, default=100_000)
    options = parser.parse_args()
    call_command("collectstatic", interactive=False, verbosity=0)
    with scratch_database():
        fill(connection, options.assures * ORDERS_A_PERSON, 0)
        home = household()
        assure = Client()
        assure.force_login(home.assure.user, backend="accounts.sign_in.CodePersonnelBackend")
        print(*told(measured(assure, site(home))), sep="\n")
        print(*told(measured(at_desk(home.agent), desk(home))), sep="\n")


if __name__ == "__main__":
    main()
