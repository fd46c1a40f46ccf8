"""The storm: real servers, people at their browsers, and everything killed under them.

``python -m tests.chaos`` starts a portal of its own as production does, lets people order, declare and review
while web, worker, Redis, PostgreSQL and the mail server are killed, stopped and restarted; then, when all is
quiet, ``verify`` finds nothing, and every promise written down is looked up. Exits 1 when something is wrong.

``--without-lock`` takes the row locks out: the run must then fail. ``--prove`` does so in the end, for the
hammer alone, as in CI. By hand: ``python -m tests.chaos --seconds 300 --kills 30 --people 8``.
"""

import argparse
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.storm.accidents import Storm, blow, drawn
from tests.storm.browser import GaveUp
from tests.storm.servers import ROOT, Installation, wait_until

ROUNDS = 8  # of the hammer
QUIET = 120.0  # seconds left to the sweeps to catch up
SHOWN = 50  # of what is wrong


def main() -> int:
    options = arguments()
    print(f"Seed {options.seed}", flush=True)
    if options.without_lock:
        os.environ["STORM_WITHOUT_LOCK"] = "1"
    servers, failed = Installation(), 1
    try:
        failed = run(servers, options)
    finally:
        servers.end(keep_logs=bool(failed))
    return failed


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the storm blows")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--people", type=int, default=6, help="assurés at once, beside two agents")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--without-lock", action="store_true")
    parser.add_argument("--prove", action="store_true")
    return parser.parse_args()


def run(servers: Installation, options: argparse.Namespace) -> int:
    servers.start_servers()
    prepare()
    from tests.storm.population import Population  # noqa: PLC0415 -- needs the settings, and a database

    servers.start_portal()
    population = Population(servers.port)
    failed = hammer(population, "with its locks" if not options.without_lock else "without its locks")
    storm = Storm(servers)
    failed += people_in(storm, population, options)
    failed += quiet(population)
    servers.beat.kill()
    servers.worker.kill()
    failed += judge(storm, population)
    if options.prove and not failed:
        failed = prove(servers, population)
    if failed:
        print("\n".join(servers.tails()))
    print("The storm is over: " + (f"{failed} things are wrong" if failed else "all promises are kept"))
    return 1 if failed else 0


def prepare() -> None:
    """Make the tables, as at an installation."""
    for command in (["migrate", "-v0"], ["loaddata", "-v0", "regimes"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)
    import django  # noqa: PLC0415

    django.setup()
    logging.getLogger("mail.log").setLevel(logging.WARNING)


def hammer(population: Any, how: str) -> int:
    """Do the same thing four times at once, rounds over; give how many answers failed."""
    start = time.monotonic()
    failed = sum(population.hammered() for _ in range(ROUNDS))
    taken = time.monotonic() - start
    print(f"Hammer {how}: {failed} of {ROUNDS * 8} answers failed ({taken:.1f} s)", flush=True)
    return int(failed)


def people_in(storm: Storm, population: Any, options: argparse.Namespace) -> int:
    """Let people live while the accidents happen; give how many of them met something they did not expect."""
    table = drawn(storm.servers, options.kills, options.seed)
    with living(population, options) as surprises:
        blow(storm, table, options.seconds)
        for process in (storm.servers.web, storm.servers.worker):  # a killed child may have taken it along
            process.kill()
            process.start()
        storm.servers.wait_for_web()
        try:
            took = population.wait_for_every_promise()
            print(f"Calm: every kind of promise was made {took:.1f} s later", flush=True)
        except TimeoutError as error:
            surprises.append(f"still waiting for {error}: {population.promises.counts()}")
    for surprise in surprises:
        print(f"  surprise: {surprise}")
    return len(surprises)


@contextmanager
def living(population: Any, options: argparse.Namespace) -> Iterator[list[str]]:
    """Have assurés and agents at work until the end of the block, then let them finish what they are at."""
    surprises: list[str] = []

    def go(turns: Iterator[Any]) -> None:
        try:
            for turn in turns:
                turn()
                if not population.going_on():
                    return
        except GaveUp:
            pass  # the storm is over, and the page he waited for was not given
        except Exception as error:  # noqa: BLE001 -- told at the end
            surprises.append(repr(error))

    assures = [population.assures(options.seconds) for _ in range(options.people)]
    lives = [*assures, *(population.agents(rank) for rank in range(2))]
    threads = [threading.Thread(target=go, args=(one,), daemon=True) for one in lives]
    population.begin()
    for thread in threads:
        thread.start()
    try:
        yield surprises
    finally:
        population.end()
        for thread in threads:
            thread.join(60)


def quiet(population: Any) -> int:
    """Wait until nothing is due any more, as if the pauses of mails were over."""
    start = time.monotonic()
    population.end_pauses()
    try:
        wait_until(population.is_settled, "the sweeps to catch up", QUIET)
    except TimeoutError as error:
        print(f"  still waiting for {error}: {population.waiting()}")
        return 1
    print(f"Quiet after {time.monotonic() - start:.1f} s", flush=True)
    return 0


def judge(storm: Storm, population: Any) -> int:
    """Verify, look every promise up, count the mails; give how many things are wrong."""
    mails = storm.servers.mails
    wrong = [*population.anomalies(), *population.promises.broken(), *population.wrong_mails(mails)]
    unexcused = [
        f"{status} at {path}"
        for moment, path, status in population.promises.errors
        if not storm.excuses(moment)
    ]
    found = [*wrong, *unexcused]
    for line in found[:SHOWN]:
        print(f"  wrong: {line}")
    if len(found) > SHOWN:
        print(f"  and {len(found) - SHOWN} more")
    print(f"Promises: {population.promises.counts()}; {population.figures(mails)}", flush=True)
    return len(found)


def prove(servers: Installation, population: Any) -> int:
    """Take the row locks out of the web server: the hammer must then see failures. Gives 0 when it does."""
    servers.web.kill()
    servers.web.environment = {"STORM_WITHOUT_LOCK": "1"}
    servers.web.start()
    servers.wait_for_web()
    population.begin()
    return 0 if hammer(population, "without its locks, where failures are wanted") else 1


if __name__ == "__main__":
    sys.exit(main())
