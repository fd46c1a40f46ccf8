"""Nothing in a log or in an error report names somebody, or lets somebody in."""

import ast
import io
import json
import logging
import re
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from django.utils.log import AdminEmailHandler
from django.views.decorators.csrf import csrf_exempt
from gunicorn.config import Config
from gunicorn.glogging import Logger
from pytest_django import Settings

from vitale_portal import urls as ours
from vitale_portal.management.commands.portal import ACCESS_LOG
from vitale_portal.masking import MASK, masked

ROOT = Path(django_settings.BASE_DIR)
NIR, MAIL = "185057800608436", "jeanne@mail.example"


@pytest.mark.parametrize(
    "text",
    [
        "1850578006084",
        "185057800608436",
        "1 85 05 78 006 084",
        "1 85 05 78 006 084 36",
        "1 85 05 78 006 084".replace(" ", "\N{NO-BREAK SPACE}"),
        "1 85 05 78 006 084 36".replace(" ", "\N{NARROW NO-BREAK SPACE}"),
        "1.85.05.78.006.084.36",
        "1-85-05-78-006-084-36",
        "185 0578 006084",
        "2 69 05 2A 588 157",
        "2 69 05 2b 588 157 80",
        "269052B58815780",
        "1%2085%2005%2078%20006%20084%2036",
        "1+85+05+78+006+084+36",
        "1%C2%A085%C2%A005%C2%A078%C2%A0006%C2%A0084",
        "7 85 20 99 100 001",
        "185137800608436",  # no such month: mistyped
        "0850578006084",
    ],
)
def test_nir_is_masked_as_people_write_it(text: str) -> None:
    for before, after in (("", ""), ("nir=", "&x"), ("le ", "."), ("(", ")"), ("%20", "%20"), ("'", "'")):
        assert masked(f"{before}{text}{after}") == f"{before}{MASK}{after}"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 03:45:05,123 INFO carte: 12 lignes",
        "127.0.0.1 [28/Nov/2026:03:45:05 +0000] GET /suivi/7K3F92QX4J/ 200 12345o 128ms",
        "commande 7K3F92QX4J",
        "192.168.100.200 10.0.0.1",
        "Task accounts.sweep_outbox[0b6c8a4e-5a4f-4d3c-9d3a-0c1d2e3f4a5b] succeeded",
        "/static/css/portal.3f2a1b4c5d6e.css",
        "lot 000012, 1 250 cartes en 12.5 s",
        'File "/srv/portal/carte/pieces.py", line 128, in deposit_piece',
        "worker@portal",
        "Que faire ? Rien.",
    ],
)
def test_what_names_nobody_is_left(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("à jeanne.martin+vitale@mail.example, hier", f"à {MASK}, hier"),
        ("to=jeanne%40mail.example", f"to={MASK}"),
        ("/connexion/?next=/suivi/&code=123456 HTTP", f"/connexion/?{MASK} HTTP"),
        ("/gestion/carte/?q=MARTIN", f"/gestion/carte/?{MASK}"),
        ("/compte/code-oublie/MTI/cxz4ab-0123456789abcdef01234567/", f"/compte/code-oublie/MTI/{MASK}/"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", f"IBAN {MASK}"),
        ("FR7630006000011234567890189", MASK),
        (
            "DETAIL:  Failing row contains (12, DUPONT, Jeanne, 12 RUE DES LILAS).",
            f"DETAIL:  Failing row contains ({MASK}).",
        ),
        ("Key (lower(nom))=(Jeanne Martin) already exists.", f"Key (lower(nom))=({MASK}) already exists."),
    ],
)  # fmt: skip
def test_other_names_and_keys_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_masking_takes_no_time_on_a_long_hostile_text() -> None:
    start = time.perf_counter()
    for text in ("1 " * 50_000, "1" * 100_000, "a@" * 50_000, "/a1" * 30_000, "?" * 100_000, "A1" * 50_000):
        masked(text)
    assert time.perf_counter() - start < 5


# --- Records ---------------------------------------------------------------------------------------


def written(name: str, act: Any) -> str:
    """What a handler of its own, that knows nothing of masks, writes of a logger."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    before, logger.level = logger.level, logging.INFO
    try:
        act(logger)
    finally:
        logger.removeHandler(handler)
        logger.level = before
    return stream.getvalue()


TWO = "one %s %s"
LOGGERS = ["", "django.request", "django.security.csrf", "celery.app.trace", "celery.worker", "weasyprint",
           "gunicorn.error", "gunicorn.access", "carte.pieces"]  # fmt: skip


@pytest.mark.parametrize("name", LOGGERS)
def test_every_logger_writes_masked(name: str) -> None:
    said = written(name, lambda logger: logger.info("Not Found: %s for %s", f"/x/{NIR}", {"nir": NIR}))
    assert said == f"Not Found: /x/{MASK} for {{'nir': '{MASK}'}}\n"


@pytest.mark.parametrize("name", LOGGERS)
def test_every_traceback_is_masked(name: str) -> None:
    def fail(logger: logging.Logger) -> None:
        try:
            failing(HttpRequest())
        except ValueError:
            logger.exception("Failed", stack_info=True)

    said = written(name, fail)
    assert f"ValueError: nir {MASK} of {MASK}, 2" in said
    assert NIR not in said


def test_arguments_that_do_not_fit_are_left_out() -> None:
    assert written("carte", lambda logger: logger.info(TWO, NIR)) == "one %s %s\n"


def access_line(uri: str, path_info: str) -> str:
    """The line gunicorn writes of a request, with our format."""
    config = Config()
    config.set("accesslog", "-")
    config.set("access_log_format", ACCESS_LOG)
    logger = Logger(config)
    for handler in list(logger.access_log.handlers):
        logger.access_log.removeHandler(handler)
    request = SimpleNamespace(headers=[("REFERER", f"https://x/?code={NIR}")])
    environ = {
        "REQUEST_METHOD": "GET", "RAW_URI": uri, "PATH_INFO": path_info, "QUERY_STRING": uri,
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_REFERER": f"https://x/?code={NIR}", "REMOTE_ADDR": "192.0.2.1",
    }  # fmt: skip
    response = SimpleNamespace(status="200 OK", headers=[], sent=512)
    return written(
        "gunicorn.access", lambda _: logger.access(response, request, environ, timedelta(milliseconds=12))
    )


def test_access_log_has_no_query_and_no_referer() -> None:
    said = access_line("/connexion/?next=/suivi/&code=123456", "/connexion/")
    assert re.fullmatch(r"192\.0\.2\.1 \[[^\]]+\] GET /connexion/ 200 512o 12ms\n", said)


def test_access_log_masks_a_nir_in_a_path() -> None:
    assert f" /x/{MASK}/ " in access_line(f"/x/{NIR}/", f"/x/{NIR}/")


def test_image_writes_the_access_log_of_the_portal() -> None:
    joined = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    start = json.loads(re.findall(r"CMD (\[.+\])", joined)[-1])
    assert start[start.index("--access-logformat") + 1] == ACCESS_LOG
    assert re.findall(r"%\((?:r|q|f|\{.*?\}\w)\)s", ACCESS_LOG) == []


def test_tasks_take_ids_alone() -> None:
    """So that what Celery logs of a task names nobody: ours take nothing at all."""
    for app in ("accounts", "carte", "declarations"):
        tree = ast.parse((ROOT / app / "tasks.py").read_text())
        tasks = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
        assert [task.name for task in tasks if task.args.args or task.args.kwonlyargs] == []


# --- Reports ---------------------------------------------------------------------------------------

SECRETS = (
    NIR,
    "jeanne@mail.example",
    "Secret-Code-12",
    "cookie-of-jeanne",
    "DUPONT",
    "asked-for",
    "192.0.2.77",
)


@csrf_exempt
def failing(request: HttpRequest) -> NoReturn:
    """Fail with a name, a code and a NIR in hand, and say the NIR."""
    held = {"nom": request.POST.get("nom"), "code": request.POST.get("code")}
    words = f"nir {NIR} of {MAIL}, {len(held)}"
    raise ValueError(words)


failing.login_required = False  # type: ignore[attr-defined]
urlpatterns = [path("failing/", failing), *ours.urlpatterns]
handler500 = ours.handler500


def fail(settings: Settings, *, debug: bool) -> Any:
    settings.ROOT_URLCONF, settings.DEBUG = __name__, debug
    client = Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.77")
    client.cookies["sessionid"] = "cookie-of-jeanne"
    data = {"nir": NIR, "code": "Secret-Code-12", "nom": "DUPONT"}
    return client.post("/failing/?q=asked-for", data, headers={"referer": f"/x/?nir={NIR}"})


@pytest.mark.django_db
def test_page_of_a_developer_shows_where_and_no_value(settings: Settings) -> None:
    response = fail(settings, debug=True)
    page = response.content.decode()
    assert response.status_code == 500
    assert "in failing" in page
    assert "code" in page
    assert [secret for secret in SECRETS if secret in page] == []
    assert re.search(r"held</td>\s*<td class=\"code\"><pre>.*&lt;dict&gt;", page)
    assert settings.SECRET_KEY not in page


@pytest.mark.django_db
def test_log_and_mail_of_an_error_show_no_value(settings: Settings) -> None:
    settings.ADMINS = [("Exploitation", "exploitation@caisse.example")]
    logger, handler = logging.getLogger("django.request"), AdminEmailHandler(include_html=True)
    logger.addHandler(handler)
    try:
        said = written("django.request", lambda _: fail(settings, debug=False))
    finally:
        logger.removeHandler(handler)
    assert "in failing" in said
    assert [secret for secret in SECRETS if secret in said] == []
    # Django's own handler, in text; and one that gives the page of a developer, too.
    html = [sent.alternatives[0][0] for sent in mail.outbox if sent.alternatives]  # type: ignore[attr-defined]
    told = " ".join([*(f"{sent.subject} {sent.body}" for sent in mail.outbox), *map(str, html)])
    assert (len(mail.outbox), len(html), "in failing" in told) == (2, 1, True)
    assert [secret for secret in SECRETS if secret in told] == []
