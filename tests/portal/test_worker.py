"""The portal with real processes: a worker on Redis, and ``manage.py portal`` whole."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from vitale_portal.celery import app

pytestmark = pytest.mark.worker
MANAGE = [sys.executable, "manage.py"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a portal on the embedded default, its ``var`` made ready once."""
    names = ("PATH", "HOME", "SECRET_KEY", "VITALE_PIECES_KEYS")
    env = {name: os.environ[name] for name in names if name in os.environ}
    env |= {"VITALE_VAR_DIR": str(tmp_path_factory.mktemp("var")), "VITALE_DEMONSTRATION": "true"}
    for step in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run([*MANAGE, *step], env=env, cwd=settings.BASE_DIR, check=True, timeout=60)
    return env


@pytest.fixture
def portal(embedded: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """``manage.py portal``, started."""
    with subprocess.Popen(
        [*MANAGE, "portal"],
        env=embedded | {"PORT": str(free_port())},
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def port_announced(portal: subprocess.Popen[str]) -> int:
    line = portal.stdout.readline()
    announced = re.fullmatch(
        r"Le portail répond sur http://localhost:(\d+)/ \(première page en \d+ s\)\.\n", line
    )
    assert announced, line
    return int(announced[1])


def status_of_home(port: int) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_portal_ends_whole_at_a_signal(portal: subprocess.Popen[str], number: signal.Signals) -> None:
    port = port_announced(portal)
    assert status_of_home(port) == 200
    leaders = children_of(portal.pid)
    everyone = leaders + [child for leader in leaders for child in children_of(leader)]
    began = time.monotonic()
    os.killpg(portal.pid, number)  # as a terminal does
    output = portal.stdout.read()
    assert portal.wait(15) == 0
    assert time.monotonic() - began < 10
    assert output.count("\n") == 1  # the line on the logs: no traceback
    assert [pid for pid in everyone if is_running(pid)] == []
    assert status_of_home(port) is None


@pytest.mark.parametrize(("name", "rank"), [("worker", 1), ("beat", 2)], ids=["worker", "beat"])
def test_portal_ends_whole_when_a_process_dies(
    portal: subprocess.Popen[str], embedded: dict[str, str], name: str, rank: int
) -> None:
    """Web, worker, beat: a portal without its sweeps would look well and do nothing."""
    port = port_announced(portal)
    os.kill(children_of(portal.pid)[rank], signal.SIGKILL)
    output = portal.stdout.read()
    assert portal.wait(15) == 1
    log = f"{embedded['VITALE_VAR_DIR']}/{name}.log"
    sentence = f"«\xa0{name}\xa0» s’est arrêté\xa0: tout s’arrête. Voir {log}"
    assert output.splitlines()[-1] == f"CommandError: {sentence}"
    assert status_of_home(port) is None


@pytest.mark.usefixtures("worker_process")
def test_worker_knows_every_task_of_the_schedule() -> None:
    (known,) = app.control.inspect(timeout=5, limit=1).registered().values()
    assert set(settings.CELERY_BEAT_SCHEDULE) - set(known) == set()


@pytest.mark.usefixtures("worker_process")
def test_worker_runs_each_sweep_once_by_message() -> None:
    names = set(settings.CELERY_BEAT_SCHEDULE)
    for name in names:
        app.send_task(name)
    limit = time.monotonic() + 20
    done: dict[str, int] = {}
    while set(done) != names and time.monotonic() < limit:
        (stats,) = app.control.inspect(timeout=5, limit=1).stats().values()
        done = stats["total"]
    assert done == dict.fromkeys(names, 1)


def test_worker_ends_at_sigterm(worker_process: subprocess.Popen[bytes]) -> None:
    worker_process.terminate()
    assert worker_process.wait(10) == 0
