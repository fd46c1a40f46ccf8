"""What signing in withstands: ten thousand tries by machine, bad ones by the second, good ones (A1, A3).

By hand, on PostgreSQL, in a database of its own that is dropped at the end:
``DATABASE_URL=postgres://… python -m tests.benchmarks.sign_in``; ``… sign_in good floods`` measures those two
alone. It starts gunicorn as production does, behind one proxy that is played here (every request says from
which address it comes), and prints what it measures; nothing is asserted. It takes some four minutes on a
quiet machine, and listens on this machine alone.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from urllib.parse import urlencode

import django

if __name__ == "__main__":
    from tests.benchmarks.attestations import free_port, prepare

    var = tempfile.TemporaryDirectory(prefix="vitale-sign-in-")  # gone when the process ends
    prepare(var.name, port := free_port())
    os.environ |= {"VITALE_DEMONSTRATION": "true", "VITALE_SPARE_DEMONSTRATION": "false"}
    os.environ |= {"VITALE_PROXIES": "1", "VITALE_ACCELERATION": "1", "WEB_CONCURRENCY": "2"}
    django.setup()

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Device, Lock, Session, Trace, User
from tests.benchmarks.fill import scratch_database
from tests.benchmarks.processes import Watch
from tests.benchmarks.visits import served
from tests.devices import known
from tests.people import CODE, AssureFactory, nir

TOKEN = "t" * 32
WRONG = "Mauvais-2026"
PEOPLE = 700  # with an account
UNKNOWN = 900_000  # first rank of the NIRs nobody has
BAD_A_SECOND = 50
GOOD_AT_ONCE = 6
LET_IN = 302


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and the cookie of a device that he has used before and trusts."""

    nir: str
    cookie: str


@dataclass
class Found:
    """What answers came, and the milliseconds each took."""

    statuses: Counter[int] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)

    def add(self, status: int, milliseconds: float) -> None:
        self.statuses[status] += 1
        self.taken.append(milliseconds)

    @property
    def told(self) -> str:
        if not self.taken:
            return "nothing"
        ordered = sorted(self.taken)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        return f"median {self.median:6.1f} ms  95 % {p95:6.1f} ms  {dict(self.statuses)}"

    @property
    def median(self) -> float:
        return statistics.median(self.taken)


Answer = tuple[int, float]  # status, milliseconds


class Server:
    """The portal, asked by anybody from anywhere."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.local = threading.local()

    def ask(self, method: str, path: str, address: str, cookies: str = "", body: str = "") -> Answer:
        """Give the status and the milliseconds; a connection a thread, as a proxy keeps them."""
        headers = {"X-Forwarded-For": address, "Cookie": f"csrftoken={TOKEN}; {cookies}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for _ in range(3):
            link = getattr(self.local, "link", None) or HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.local.link = link
            start = time.perf_counter()
            try:
                link.request(method, path, body or None, headers)
                answer = link.getresponse()
                answer.read()
            except OSError:  # the server closed what was idle
                self.local.link = None
                continue
            return answer.status, (time.perf_counter() - start) * 1000
        return 0, 0.0

    def knock(self, nir: str, code: str, address: str, cookies: str = "") -> Answer:
        body = urlencode({"nir": nir, "code": code, "csrfmiddlewaretoken": TOKEN})
        return self.ask("POST", "/connexion/", address, cookies, body)


def address(number: int) -> str:
    """One of four million addresses."""
    return f"10.{number >> 16 & 63}.{number >> 8 & 255}.{number & 255}"


def unknown(number: int) -> str:
    return nir(UNKNOWN + number)


# --- Who lives there ------------------------------------------------------------------------------


def people() -> list[Person]:
    """So many accounts, all opened by the same code, hashed once."""
    call_command("loaddata", "regimes", verbosity=0)
    hashed = make_password(CODE)
    assures = [AssureFactory(user=False) for _ in range(PEOPLE)]
    users = User.objects.bulk_create(
        User(identifiant=one.beneficiaire.nir, password=hashed, assure=one) for one in assures
    )
    found = []
    for user in users:
        client = Client()
        known(client, user)
        found.append(Person(user.identifiant, f"appareil={client.cookies['appareil'].value}"))
    return found


# --- What is measured -----------------------------------------------------------------------------


def timing(server: Server, persons: list[Person], tries: int) -> None:
    """Wrong codes, one at a time, of NIRs with and without an account in turns: is there a difference?"""
    found = {True: Found(), False: Found()}
    for number in range(tries):
        for exists in (True, False):
            who = persons[number].nir if exists else unknown(number)
            found[exists].add(*server.knock(who, WRONG, address(2 * number + exists)))
    print(f"  of an account      {found[True].told}")
    print(f"  of nobody          {found[False].told}")
    print(f"  medians differ by  {100 * abs(found[True].median / found[False].median - 1):.1f} %")


def good(server: Server, persons: list[Person], watch: Watch, seconds: float) -> None:
    """Right codes from known devices, a few at once."""
    turns, found, lock = count(), Found(), threading.Lock()
    end = time.monotonic() + seconds

    def sign_in() -> None:
        while time.monotonic() < end:
            number = next(turns)
            person = persons[number % len(persons)]
            answer = server.knock(person.nir, CODE, address(100_000 + number), person.cookie)
            with lock:
                found.add(*answer)

    before, start = watch.processor(), time.monotonic()
    at_once([sign_in] * GOOD_AT_ONCE)
    taken, let_in = time.monotonic() - start, found.statuses[LET_IN]
    each = (watch.processor() - before) / max(1, let_in)
    print(f"  {found.told}")
    print(f"  {let_in / taken:.1f} a second here; {1000 * each:.0f} ms of processor each")


def at_once(calls: Iterable[Callable[[], None]]) -> None:
    calls = list(calls)
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()


@contextmanager
def bad(knock: Callable[[int], Answer]) -> Iterator[Found]:
    """Fifty bad sign-ins a second until the end of the block, whether or not they are answered in time."""
    found, over = Found(), threading.Event()

    def one(number: int) -> None:
        found.add(*knock(number))

    def flood() -> None:
        start = time.monotonic()
        with ThreadPoolExecutor(60) as pool:
            for number in count():
                if over.wait(max(0.0, start + number / BAD_A_SECOND - time.monotonic())):
                    break
                pool.submit(one, number)

    thread = threading.Thread(target=flood)
    thread.start()
    time.sleep(1)
    try:
        yield found
    finally:
        over.set()
        thread.join()


def pages(server: Server, cookies: str, seconds: float) -> Found:
    """The front page and the dashboard, in turns, one at a time."""
    found, end = Found(), time.monotonic() + seconds
    while time.monotonic() < end:
        for path in ("/", "/accueil/"):
            found.add(*server.ask("GET", path, address(1), cookies))
        time.sleep(0.02)
    return found


def floods(server: Server, cookies: str, persons: list[Person], seconds: float) -> None:
    """Pages alone, then under each flood: of one address; of as many as tries, on two sorts of NIRs."""

    def accounts(number: int) -> Answer:
        return server.knock(persons[number % len(persons)].nir, WRONG, address(400_000 + number))

    def nobody(number: int) -> Answer:
        return server.knock(unknown(20_000 + number), WRONG, address(200_000 + number))

    table: dict[str, Callable[[int], Answer]] = {
        "from one address": lambda n: server.knock(unknown(10_000 + n), WRONG, address(150_000)),
        "from many, on NIRs of nobody": lambda n: server.knock(
            unknown(20_000 + n), WRONG, address(200_000 + n)
        ),
        "from many, on NIRs with accounts": accounts,
    }
    for name, knock in table.items():
        alone = pages(server, cookies, seconds)
        with bad(knock) as refused:
            under = pages(server, cookies, seconds)
        again = pages(server, cookies, seconds)
        quiet = statistics.median(alone.taken + again.taken)
        print(f"  {name}: {len(refused.taken)} bad, {refused.told}")
        print(f"    pages alone {quiet:.1f} ms; meanwhile {under.told}: {under.median / quiet:.2f} times")


def ten_thousand(server: Server, persons: list[Person], tries: int) -> None:
    """Half from one address, half each from its own, on NIRs with and without accounts, and the holder's."""
    holder, others = persons[0], persons[1:100]
    homes, over = Found(), threading.Event()

    def holder_signs_in() -> None:
        while not over.wait(1.0):
            homes.add(*server.knock(holder.nir, CODE, address(7), holder.cookie))

    def which(number: int) -> str:
        if number % 4 == 0:
            return holder.nir
        return others[number % len(others)].nir if number % 4 < 3 else unknown(50_000 + number % 200)

    sources = {"one address": lambda _n: address(7), "many addresses": lambda n: address(500_000 + n)}
    watcher = threading.Thread(target=holder_signs_in)
    watcher.start()
    turns = count()
    for name, source in sources.items():
        found, lock, end = Found(), threading.Lock(), next(turns) + tries // 2

        def machine(source: Callable[[int], str] = source, end: int = end, found: Found = found) -> None:
            while (number := next(turns)) < end:
                code = f"Essai-{number}"
                answer = server.knock(which(number), code, source(number))
                with lock:  # noqa: B023 -- run within this turn of the loop
                    found.add(*answer)

        start = time.monotonic()
        at_once([machine] * 8)
        print(f"  {len(found.taken)} from {name} in {time.monotonic() - start:.0f} s: {found.told}")
    over.set()
    watcher.join()
    print(f"  meanwhile the holder, from a known device and that same address: {homes.told}")
    lines = Trace.objects.filter(act="SIGN_IN_FAILED").count()
    print(f"  {Lock.objects.count()} counts kept, {lines} lines of trace")


def by_machine(server: Server, persons: list[Person], tries: int) -> None:
    """Ten thousand tries, and whether any opened an account."""
    before = set(Session.objects.values_list("session_key", flat=True))
    ten_thousand(server, persons, tries)
    opened = Session.objects.exclude(session_key__in=before).exclude(user=None)
    strangers = opened.exclude(user__identifiant=persons[0].nir).count()
    print(f"  accounts opened: {strangers}; devices made: {Device.objects.count() - PEOPLE}")


def run(
    server: Server, persons: list[Person], cookies: str, watch: Watch, options: argparse.Namespace
) -> None:
    """Measure what was asked for, in this order: the last leaves locks everywhere."""
    measures: dict[str, tuple[str, Callable[[], None]]] = {
        "timing": ("wrong codes, one at a time", lambda: timing(server, persons, options.times)),
        "good": (
            f"right codes from known devices, {GOOD_AT_ONCE} at once",
            lambda: good(server, persons[500:], watch, options.seconds),
        ),
        "floods": (
            f"{BAD_A_SECOND} bad sign-ins a second",
            lambda: floods(server, cookies, persons[100:600], options.seconds),
        ),
        "machine": (f"{options.tries} by machine", lambda: by_machine(server, persons, options.tries)),
    }
    for name, (says, measure) in measures.items():
        if name in options.only or not options.only:
            print(f"{says} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)", flush=True)
            measure()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="timing, good, floods, machine")
    parser.add_argument("--times", type=int, default=500, help="wrong codes of each kind")
    parser.add_argument("--tries", type=int, default=10_000, help="by machine")
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        sys.exit("DATABASE_URL must name a PostgreSQL")
    call_command("collectstatic", interactive=False, verbosity=0)
    with scratch_database():
        at = connection.settings_dict
        server = f"{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}"
        os.environ["DATABASE_URL"] = f"postgres://{server}/{at['NAME']}"
        persons, reader = people(), Client()
        user = User.objects.get(identifiant=persons[-1].nir)
        reader.force_login(user, backend="accounts.sign_in.CodePersonnelBackend")
        cookies = f"sessionid={reader.cookies['sessionid'].value}"
        with served(port, var.name) as watch:
            run(Server(port), persons, cookies, watch, options)


if __name__ == "__main__":
    main()
