"""How long ``manage.py verify`` takes on a million orders: the aim is under a minute.

By hand, beside the database named: ``DATABASE_URL=postgres://… python -m tests.benchmarks.verify``. Time on
the clock depends on who else is at work; processor time, of Python, of the PostgreSQL process that answers
and of those that help it, does not.
"""

import argparse
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django.utils import timezone

from suivi.verification import QUESTIONS, verify
from tests.benchmarks.fill import fill, scratch_database

AIM = 60.0  # seconds
PAUSE = 0.02  # s between two looks; who helps lives some tenths


class Backends:
    """The processor time of the PostgreSQL process that answers, and of those it calls to help (Linux)."""

    def __init__(self, connection: Any) -> None:
        connection.ensure_connection()
        self.answers = connection.connection.info.backend_pid
        self.helper = f"parallel worker for PID {self.answers}".encode()
        self.seen: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self.before = spent(self.answers)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self.seconds = spent(self.answers) - self.before + sum(self.seen.values())

    def _look(self) -> None:
        while not self._ended.wait(PAUSE):
            for entry in Path("/proc").iterdir():
                with suppress(OSError, ValueError):
                    pid = int(entry.name)
                    if self.helper in (entry / "cmdline").read_bytes():
                        self.seen[pid] = spent(pid)


def spent(pid: int) -> float:
    """The processor time of a process since it began, in seconds; 0 where the system does not tell."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    options = parser.parse_args()
    with scratch_database() as connection:
        start = time.monotonic()
        fill(connection, options.orders, due=0)
        print(f"{options.orders} orders filled in {time.monotonic() - start:.0f} s")
        here, start = time.process_time(), time.monotonic()
        with Backends(connection) as backends:
            report = verify(QUESTIONS, now=timezone.now())
        took, here = time.monotonic() - start, time.process_time() - here
        for answer in report.answers:
            print(f"{answer.seconds:6.1f} s  {len(answer.anomalies)} anomalies  {answer.question.says}")
        verdict = "within" if took <= AIM else "over"
        print(f"{took:6.1f} s in all, {verdict} {AIM:.0f} s; rows: {report.counts}")
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"processor: PostgreSQL {backends.seconds:.1f} s, Python {here:.1f} s at most; load {load}")


if __name__ == "__main__":
    main()
