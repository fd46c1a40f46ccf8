"""Real servers of the storm's own: PostgreSQL, Redis, a mail catcher, and the portal's web, worker and beat.

Each is started as in production (Dockerfile, docker-compose.yml), in a session of its own, so that it can be
killed with all its children without touching anybody else's.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds a server may take to start
A_DAY_A_SECOND = "86400"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_until(answers: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not answers():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Catcher:
    """A mail server that counts what it is given, by Message-ID, and may be told to refuse."""

    def __init__(self) -> None:
        self.caught: Counter[str] = Counter()
        self.refuses = False
        self.port = free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 4.3.0 Come back later"
        head = envelope.content.decode("utf-8", "replace").partition("\r\n\r\n")[0].replace("\r\n ", " ")
        ids = [line[11:].strip() for line in head.splitlines() if line.lower().startswith("message-id:")]
        self.caught.update(ids)
        return "250 OK"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


class Postgres:
    """A cluster in a directory of its own; root may not run one, so « postgres » does."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.data = home / "pg"
        self.data.mkdir()
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_postgres:
            shutil.chown(self.data, "postgres", "postgres")
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_postgres, str(self.bin / program), "--pgdata", str(self.data), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.data} -c fsync=off -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self.data / "log"), "-o", options)

    def stop(self) -> None:
        """Stop as a machine that falls does: nothing is finished, the log is played again at the start."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate")


class Process:
    """One command in a session of its own: started, killed, started again."""

    def __init__(self, name: str, command: list[str], log: Path, *, cwd: Path = ROOT) -> None:
        self.name, self.command, self.log, self.cwd = name, command, log, cwd
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill the process and all its children, as they stand."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def kill_one_child(self, rank: int) -> None:
        """Kill one of its children; their parent has to notice."""
        children = self._children()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(children[rank % len(children)], signal.SIGKILL)

    def _children(self) -> list[int]:
        if self._process is None:
            return []
        pid = self._process.pid
        with contextlib.suppress(OSError):
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []


class Installation:
    """All the servers of one storm, in a directory that goes at the end."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="vitale-storm-"))
        self.home.chmod(0o711)  # « postgres » passes through
        self.var = self.home / "var"
        self.var.mkdir()
        self.port, redis_port = free_port(), free_port()
        self.mails, self.postgres = Catcher(), Postgres(self.home)
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "-A", "vitale_portal"]
        redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
        self.redis = self._process("redis", [*redis, "--dir", str(self.home)])
        self.web = self._process(
            "web",
            [*python, "gunicorn", "vitale_portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2",
             "--worker-class", "gthread", "--threads", "8", "--no-control-socket"],
        )  # fmt: skip
        self.worker = self._process(
            "worker",
            [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--hostname", "w@storm"],
        )
        self.beat, self.second_beat = (
            self._process(
                name,
                [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(self.home / name), "--pidfile="],
            )
            for name in ("beat", "beat2")
        )
        self.redis_port = redis_port
        self._environment(redis_port)

    def _process(self, name: str, command: list[str]) -> Process:
        return Process(name, command, self.home / f"{name}.log")

    def _environment(self, redis_port: int) -> None:
        """Name the servers to this process and those it starts."""
        os.environ.update(
            SECRET_KEY="storm-only-not-a-secret-and-long-enough-for-the-checks",
            DJANGO_SETTINGS_MODULE="tests.storm.settings",
            VITALE_VAR_DIR=str(self.var),
            VITALE_PIECES_KEYS="storm:c3Rvcm0tb25seS1ub3QtYS1zZWNyZXQtMzItYnl0ZXM=",
            VITALE_ACCELERATION=A_DAY_A_SECOND,
            VITALE_DEMONSTRATION="true",
            VITALE_SPARE_DEMONSTRATION="true",
            DATABASE_URL=self.postgres.url,
            BROKER_URL=f"redis://127.0.0.1:{redis_port}/0",
            EMAIL_URL=f"smtp://127.0.0.1:{self.mails.port}",
            PYTHONPATH=str(ROOT),
        )

    def start_servers(self) -> None:
        self.postgres.start()
        self.redis.start()
        self.mails.start()
        wait_until(lambda: listens(self.redis_port), "redis")

    def start_portal(self) -> None:
        for process in (self.web, self.worker, self.beat):
            process.start()
        self.wait_for_web()

    def wait_for_web(self) -> None:
        wait_until(lambda: listens(self.port), "web")

    def flush_redis(self) -> None:
        subprocess.run(
            ["redis-cli", "-p", str(self.redis_port), "flushall"], check=False, capture_output=True
        )

    def tails(self) -> list[str]:
        """Give the last lines of each log."""
        found = []
        for log in sorted(self.home.glob("*.log")):
            found += [f"{log.name}: {line}" for line in log.read_text(errors="replace").splitlines()[-12:]]
        return found

    def end(self, *, keep_logs: bool) -> None:
        for process in (self.beat, self.second_beat, self.worker, self.web, self.redis):
            process.kill()
        with contextlib.suppress(subprocess.CalledProcessError):
            self.postgres.stop()
        self.mails.stop()
        if keep_logs:
            kept = Path(tempfile.mkdtemp(prefix="vitale-storm-logs-"))
            for log in self.home.glob("*.log"):
                shutil.copy(log, kept)
            print(f"Logs: {kept}")
        shutil.rmtree(self.home, ignore_errors=True)
