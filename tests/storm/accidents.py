"""What happens to the servers, and when: a table, and kills at moments drawn from a seed."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.storm.servers import Installation, Process, listens, wait_until


@dataclass
class Storm:
    """The servers, and since when until when the database was away: errors are allowed then."""

    servers: Installation
    away: list[tuple[float, float]] = field(default_factory=list)

    def excuses(self, moment: float) -> bool:
        """Tell whether an error at that moment was to be expected."""
        return any(start - 0.5 <= moment <= end + 3 for start, end in self.away)


@contextmanager
def _database_away(storm: Storm) -> Iterator[None]:
    start = time.monotonic()
    yield
    storm.away.append((start, time.monotonic()))


def restart_database(storm: Storm) -> None:
    with _database_away(storm):
        storm.servers.postgres.stop()
        time.sleep(0.5)
        storm.servers.postgres.start()


def stop_redis(storm: Storm) -> None:
    storm.servers.redis.kill()


def start_redis(storm: Storm) -> None:
    storm.servers.redis.start()
    wait_until(lambda: listens(storm.servers.redis_port), "redis")


def flush_redis(storm: Storm) -> None:
    storm.servers.flush_redis()


def refuse_mails(storm: Storm) -> None:
    storm.servers.mails.refuses = True


def take_mails(storm: Storm) -> None:
    storm.servers.mails.refuses = False


def start_second_beat(storm: Storm) -> None:
    storm.servers.second_beat.start()


def stop_second_beat(storm: Storm) -> None:
    storm.servers.second_beat.kill()


Accident = Callable[[Storm], None]

# When, as a share of the storm, and what.
ACCIDENTS: tuple[tuple[float, Accident], ...] = (
    (0.05, start_second_beat),
    (0.15, refuse_mails),
    (0.25, stop_redis),
    (0.40, start_redis),
    (0.45, take_mails),
    (0.50, restart_database),
    (0.60, flush_redis),
    (0.75, restart_database),
    (0.85, stop_second_beat),
    (0.90, flush_redis),
)


def kill(process: Process) -> Accident:
    """Kill a process with its children and start it again, as its keeper would."""

    def accident(_storm: Storm) -> None:
        process.kill()
        process.start()

    accident.__name__ = f"kill_{process.name}"
    return accident


def kill_child(process: Process, rank: int) -> Accident:
    def accident(_storm: Storm) -> None:
        process.kill_one_child(rank)

    accident.__name__ = f"kill_child_of_{process.name}"
    return accident


def drawn(servers: Installation, kills: int, seed: int) -> list[tuple[float, Accident]]:
    """The table, with so many kills of web and worker at moments of their own, in order."""
    chance = random.Random(seed)
    table = list(ACCIDENTS)
    for number in range(kills):
        process = (servers.web, servers.worker)[number % 2]
        whole = chance.random() < 0.5
        table.append((chance.uniform(0.05, 0.95), kill(process) if whole else kill_child(process, number)))
    return sorted(table, key=lambda entry: entry[0])


def blow(storm: Storm, table: list[tuple[float, Accident]], seconds: float) -> None:
    """Let the accidents happen, each at its moment."""
    start = time.monotonic()
    for moment, accident in table:
        time.sleep(max(0.0, start + moment * seconds - time.monotonic()))
        print(f"  {time.monotonic() - start:5.1f} s  {accident.__name__}", flush=True)
        accident(storm)
    time.sleep(max(0.0, start + seconds - time.monotonic()))
