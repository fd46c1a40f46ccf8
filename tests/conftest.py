"""What every test shares. Fixtures of one floor are in that floor's ``tests/<app>/conftest.py``."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.template import engines
from django.test import TransactionTestCase

from tests.emptying import empty_tables
from vitale_portal.celery import app as celery_app

pytest_plugins = ["tests.fixtures", "tests.suivi.listing"]
# Marks whose tests need something a bare machine lacks: they run only when ``-m`` names them.
ON_REQUEST = ("browser", "worker")
DJANGO_ROOT = Path(django.__file__).parent

hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")


class UndefinedVariable(str):
    """Stands for ``string_if_invalid``: Django formats it with the name of an undefined variable."""

    __slots__ = ()

    def __mod__(self, name: object) -> str:
        context = sys._getframe(1).f_locals.get("context")  # Django passes the name alone
        template = getattr(getattr(context, "render_context", None), "template", None)
        origin = str(getattr(getattr(template, "origin", None), "name", "?"))
        if not Path(origin).is_relative_to(DJANGO_ROOT):  # Django's own admin pages do use some
            pytest.fail(f"Undefined template variable « {name} » in {origin}")
        return ""


@pytest.fixture(scope="session", autouse=True)
def _undefined_template_variables_fail() -> None:
    engines["django"].engine.string_if_invalid = UndefinedVariable("%s")


@pytest.fixture(scope="session", autouse=True)
def _emptied_after_a_test_that_commits() -> None:
    """Empty what it filled, and no more: Django's flush truncates every table, in ten times as long."""
    TransactionTestCase._fixture_teardown = lambda _self: empty_tables()  # noqa: SLF001 -- no other hook


def pytest_configure() -> None:
    """Give WhiteNoise the empty directory it warns about when it is missing."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


def _opens_a_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, rather than skip, what this run has no server or browser for."""
    left_out = {mark for mark in ON_REQUEST if mark not in config.option.markexpr}
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        left_out.add("postgresql")
    deselected = [item for item in items if left_out & {mark.name for mark in item.iter_markers()}]
    if "postgresql" not in left_out and not config.option.markexpr:
        # What opens no database has nothing to learn from another one, nor has what is marked so:
        # « make test » ran them.
        deselected += [
            item
            for item in items
            if item not in set(deselected)
            and (item.get_closest_marker("once") or not _opens_a_database(item))
        ]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if item not in set(deselected)]
    if any(item.get_closest_marker("browser") for item in items):
        # Playwright keeps an event loop in the main thread up to the end of the run.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run the tests that fill PostgreSQL with connections one at a time, whatever process they are in.

    Two crowds of fifty threads are more than the hundred connections it has by default.
    """
    if not item.get_closest_marker("postgresql"):
        return (yield)
    with Path(tempfile.gettempdir(), "vitale-tests-crowd.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped something, where everything needed is there (VITALE_FORBID_SKIPS=1)."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("VITALE_FORBID_SKIPS") != "1":
        return
    if any(reporter.stats.get(outcome) for outcome in ("skipped", "xfailed", "xpassed")):
        reporter.write_line(
            "A skip or an expected failure is forbidden here (VITALE_FORBID_SKIPS).", red=True
        )
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the temporary ``var`` directory that tests/settings.py made."""
    var_dir = Path(os.environ.get("VITALE_VAR_DIR", ""))
    if var_dir.name.startswith("vitale-tests-") and not hasattr(config, "workerinput"):
        shutil.rmtree(var_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive the system's Chromium, with a camera that films a drawing; root may not use its sandbox."""
    executable = shutil.which("chromium")
    assert executable is not None, "Chromium is missing: « make test-browser » installs it"
    flags = ["--disable-gpu", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": executable, "args": flags}


def _url_of_test_database() -> str:
    """Name the database the tests are in, for a process beside them."""
    at = connection.settings_dict
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


@pytest.fixture
def worker_process(transactional_db: None) -> Iterator[subprocess.Popen[bytes]]:  # noqa: ARG001
    """A real worker on Redis and on the test database, that has said it is ready."""
    assert settings.CELERY_BROKER_URL.startswith("redis"), "BROKER_URL must name a Redis"
    celery_app.control.purge()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "vitale_portal",
            "worker",
            "-c",
            "2",
            "-n",
            f"tests@{os.getpid()}",
        ],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"DATABASE_URL": _url_of_test_database(), "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    try:
        limit = time.monotonic() + 30
        while not celery_app.control.ping(timeout=0.5):
            assert process.poll() is None, "The worker ended"
            assert time.monotonic() < limit, "The worker does not answer"
        yield process
    finally:
        process.terminate()
        process.wait(30)
