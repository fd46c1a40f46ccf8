"""Start the whole portal on one machine: the web server, a Celery worker, and the beat that ticks the sweeps.

Each runs in a session of its own and only the leaders are signalled: a worker whose whole process group gets
SIGTERM hangs.
"""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from vitale_portal.production import refuse_unsafe_start

env = environ.Env()

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_DELAY = 10.0  # seconds left to finish before the kill
READY_DELAY = 60.0  # seconds left to give the first page
TICK = 0.1  # seconds between two looks at the children
HIGHEST_PORT = 65_535

WEB = ("gunicorn", "vitale_portal.wsgi", "--worker-class", "gthread", "--threads", "8", "--no-control-socket")
# Who, when, what, how it went; neither what follows « ? » nor the page one came from.
ACCESS_LOG = "%(h)s %(t)s %(m)s %(U)s %(s)s %(b)so %(M)sms"
WEB_LOG = ("--access-logfile", "-", "--access-logformat", ACCESS_LOG, "--graceful-timeout", "8")
CELERY = ("celery", "-A", "vitale_portal")
WORKER = (*CELERY, "worker", "-P", "threads", "-c", "2", "--loglevel", "WARNING")
BEAT = (*CELERY, "beat", "--loglevel", "WARNING", "--pidfile=")
WORKER_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def port_number(text: str) -> int:
    """Read a TCP port, 1 to 65535; raises ``argparse.ArgumentTypeError``."""
    if text.isdecimal() and 1 <= int(text) <= HIGHEST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"« {text} » n’est pas un port (1 à {HIGHEST_PORT}).")


def check_port_is_free(host: str, port: int) -> None:
    """Raise ``CommandError`` with a sentence when the server could not listen there."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Le portail ne peut pas écouter sur {host}:{port} ({error.strerror}). "
                "Arrêtez ce qui occupe ce port, ou choisissez-en un autre : PORT=8001 make run"
            ) from error


def check_settings_are_safe() -> None:
    """Raise ``CommandError`` with the sentences the processes would refuse to start with."""
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error


def page_answers(host: str, port: int) -> bool:
    """Tell whether the web server gives its front page, or at least refuses it by itself."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": settings.ALLOWED_HOSTS[0]})
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Children:
    """The processes of the portal, from their start to the last one's end."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Start ``python -m`` with ``arguments``; what it prints goes to ``<name>.log``."""
        with (self.log_dir / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603  # our own constants, no shell
                [sys.executable, "-m", *arguments],
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def first_dead(self) -> str | None:
        """Name a process that ended, if one did."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def stop(self, delay: float = STOP_DELAY) -> None:
        """Ask every leader to end, wait ``delay`` seconds in all, then kill what is left behind."""
        for process in self.processes.values():
            process.terminate()
        limit = time.monotonic() + delay
        for process in self.processes.values():
            try:
                process.wait(max(0.0, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        for process in self.processes.values():
            self._kill_session(process)

    @staticmethod
    def _kill_session(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Command(BaseCommand):
    """``manage.py portal``: start, say where the portal answers, watch, and stop everything together."""

    help = "Démarre le portail : serveur web, tâches et balayages."
    stopping = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options; VITALE_HOST and PORT of the environment are their defaults."""
        parser.add_argument(
            "--host", default=env.str("VITALE_HOST", default="127.0.0.1"), help="adresse d’écoute"
        )
        parser.add_argument("--port", default=env.str("PORT", default="8000"), type=port_number)
        parser.add_argument("--check", action="store_true", help="dit seulement si le port est libre")
        parser.add_argument("--since", type=int, help="début du démarrage, en secondes depuis 1970")

    def handle(
        self, *_args: Any, host: str, port: int, check: bool, since: int | None, **_options: Any
    ) -> None:
        """Run until a signal (exit 0), or until a process dies or never answers (exit 1)."""
        check_port_is_free(host, port)
        if check:
            return
        check_settings_are_safe()
        for number in STOP_SIGNALS:
            signal.signal(number, self.ask_to_stop)
        for folder in (settings.VAR_DIR, settings.QUEUE_DIR, settings.QUEUE_DIR / "control"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        began = since or time.time()
        children = Children(settings.VAR_DIR)
        try:
            children.start("web", *WEB, *WEB_LOG, "--bind", f"{host}:{port}")
            children.start("worker", *WORKER, *WORKER_ALONE)
            children.start("beat", *BEAT)
            self.wait_for_page(children, host, port)
            self.announce(port, time.time() - began)
            self.watch(children)
        finally:
            children.stop()

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Note the signal; the loops see it at their next tick."""
        self.stopping = True

    def wait_for_page(self, children: Children, host: str, port: int) -> None:
        """Return once the front page answers; raise ``CommandError`` when it has not within a minute."""
        limit = time.monotonic() + READY_DELAY
        while not self.stopping and not page_answers(host, port):
            self.check_alive(children)
            if time.monotonic() > limit:
                raise CommandError(f"Le portail ne répond pas. Voir {settings.VAR_DIR / 'web.log'}")
            time.sleep(TICK)

    def announce(self, port: int, seconds: float) -> None:
        """Print where the portal answers, where its logs are, and what the start took."""
        if self.stopping:
            return
        self.stdout.write(
            f"Le portail répond sur http://localhost:{port}/ (première page en {seconds:.0f} s)."
        )
        self.stdout.write(
            f"Journaux : {settings.VAR_DIR}/web.log, worker.log et beat.log. Ctrl-C arrête tout."
        )
        self.stdout.flush()

    def watch(self, children: Children) -> None:
        """Return when asked to stop; raise ``CommandError`` when a process ends by itself."""
        while not self.stopping:
            self.check_alive(children)
            time.sleep(TICK)

    @staticmethod
    def check_alive(children: Children) -> None:
        """Raise ``CommandError`` when a process has ended."""
        if (dead := children.first_dead()) is not None:
            raise CommandError(f"« {dead} » s’est arrêté : tout s’arrête. Voir {settings.VAR_DIR}/{dead}.log")
