"""``manage.py portal``: what it starts, it ends."""

import argparse
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from vitale_portal.management.commands.portal import Children, port_number

# « python -m timeit » runs its set-up line, then its statement: a program without a file.
SLEEPER = ("timeit", "-n", "1", "-r", "1", "-s", "import time; print('up', flush=True)", "time.sleep(60)")
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
PARENT = "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True)"


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    started = Children(tmp_path)
    yield started
    started.stop(0)


def wait_for_line(log: Path) -> None:
    limit = time.monotonic() + 10
    while log.read_text() != "up\n":
        assert time.monotonic() < limit
        time.sleep(0.02)


def session_is_empty(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(("text", "port"), [("1", 1), ("8000", 8000), ("65535", 65535)])
def test_port_number_is_read(text: str, port: int) -> None:
    assert port_number(text) == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "8000.0", "http", ""])
def test_port_number_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        port_number(text)
    assert str(refusal.value) == f"«\xa0{text}\xa0» n’est pas un port (1 à 65535)."


def test_portal_on_a_taken_port_says_so_and_starts_nothing(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR = tmp_path
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError) as refusal:
            call_command("portal", host="127.0.0.1", port=port)
    assert str(refusal.value) == (
        f"Le portail ne peut pas écouter sur 127.0.0.1:{port} (Address already in use). "
        "Arrêtez ce qui occupe ce port, ou choisissez-en un autre\xa0: PORT=8001 make run"
    )
    assert list(tmp_path.iterdir()) == []


def test_children_end_at_the_first_signal(children: Children, tmp_path: Path) -> None:
    children.start("web", *SLEEPER)
    wait_for_line(tmp_path / "web.log")
    began = time.monotonic()
    children.stop(10)
    assert time.monotonic() - began < 5
    assert children.processes["web"].returncode == -15


def test_child_deaf_to_the_signal_is_killed(children: Children, tmp_path: Path) -> None:
    children.start("worker", *SLEEPER[:-2], DEAF, SLEEPER[-1])
    wait_for_line(tmp_path / "worker.log")
    children.stop(0.2)
    assert children.processes["worker"].returncode == -9


def test_grandchild_does_not_outlive_its_parent(children: Children, tmp_path: Path) -> None:
    children.start("web", *SLEEPER[:-2], PARENT, SLEEPER[-1])
    wait_for_line(tmp_path / "web.log")
    leader = children.processes["web"].pid
    children.stop(10)
    limit = time.monotonic() + 5  # the orphan is reaped by init, a moment later
    while not session_is_empty(leader) and time.monotonic() < limit:
        time.sleep(0.02)
    assert session_is_empty(leader)


def test_first_dead_is_named(children: Children, tmp_path: Path) -> None:
    children.start("web", *SLEEPER)
    children.start("worker", "timeit", "-n", "1", "pass")
    children.processes["worker"].wait(10)
    assert children.first_dead() == "worker"
    wait_for_line(tmp_path / "web.log")


def test_nobody_dead_while_all_run(children: Children, tmp_path: Path) -> None:
    children.start("web", *SLEEPER)
    wait_for_line(tmp_path / "web.log")
    assert children.first_dead() is None
