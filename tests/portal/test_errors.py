import re
from types import SimpleNamespace

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path, reverse

from vitale_portal import errors, middleware
from vitale_portal.at_rest import StoreAway

RAISED = {
    "illisible": SuspiciousOperation("x"),
    "interdit": PermissionDenied("x"),
    "absent": Http404("x"),
    "panne": ValueError("x"),
    "base-partie": OperationalError("x"),
    "base-fermee": InterfaceError("x"),
    "pieces-parties": StoreAway("x"),
    "disque": OSError("x"),
}


@login_not_required
def boom(_request: HttpRequest, name: str) -> HttpResponse:
    raise RAISED[name]


@login_not_required
def weigh(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


@login_not_required
def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


FOOTER = ("delays", "accessibility", "legal", "privacy", "terms")
NAMED = ("home", "help", "sign_in", "sign_out", "dashboard", "demarches", "cartes", "inbox", "profile")
urlpatterns = [
    path("peser/", weigh),
    path("boom/<str:name>/", boom),
    *(path(f"{name}/", page, name=name) for name in (*NAMED, *FOOTER, "tracking_list", "verify")),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def browser() -> Client:
    """No database is allowed here: each page is made without a query."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def heading(response: HttpResponse) -> str:
    return response.content.decode().split("<h1>")[1].split("</h1>")[0].strip()


@pytest.mark.parametrize(
    ("url", "status", "title"),
    [
        ("/boom/illisible/", 400, "Le site n’a pas pu lire cette demande"),
        ("/boom/interdit/", 403, "Vous ne pouvez pas ouvrir cette page"),
        ("/boom/absent/", 404, "Cette page n’existe pas, ou n’existe plus"),
        ("/nulle-part/", 404, "Cette page n’existe pas, ou n’existe plus"),
        ("/boom/panne/", 500, "Le site a rencontré une erreur"),
        ("/boom/base-partie/", 503, "Le site est indisponible pour l’instant"),
        ("/boom/base-fermee/", 503, "Le site est indisponible pour l’instant"),
        ("/boom/pieces-parties/", 503, "Le site est indisponible pour l’instant"),
        ("/boom/disque/", 500, "Le site a rencontré une erreur"),
    ],
)
def test_error_has_its_page_without_database(browser: Client, url: str, status: int, title: str) -> None:
    response = browser.get(url)
    assert (response.status_code, heading(response)) == (status, title)


def test_unavailable_page_says_when_to_come_back(browser: Client) -> None:
    assert browser.get("/boom/base-partie/")["Retry-After"] == "60"


def test_form_open_too_long_gets_its_own_sentence(browser: Client) -> None:
    response = browser.post("/home/", {"a": "b"})
    assert (response.status_code, heading(response)) == (403, "Cette page est restée ouverte trop longtemps")


@pytest.mark.parametrize(
    ("wait", "shown"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")]
)
def test_pause_is_shown_in_minutes_rounded_up(rf: RequestFactory, wait: int, shown: str) -> None:
    response = errors.too_many_requests(rf.get("/"), wait=wait)
    strong = response.content.decode().split("<strong>")[1].split("</strong>")[0]
    assert (response.status_code, response["Retry-After"], strong) == (429, str(wait), shown)


@pytest.mark.parametrize("demonstration", [True, False])
@pytest.mark.parametrize("url", ["/boom/panne/", "/boom/illisible/", "/boom/absent/"])
def test_demonstration_band_follows_the_setting_on_error_pages(
    browser: Client, settings: SimpleNamespace, url: str, demonstration: bool
) -> None:
    settings.VITALE_DEMONSTRATION = demonstration
    assert browser.get(url).content.decode().count('class="demonstration"') == int(demonstration)


# --- Bodies over the limit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "status"), [(0, 200), (999, 200), (1000, 200), (1001, 413), (200_000, 413)], ids=str
)
def test_body_is_judged_by_its_length_to_the_byte(settings: SimpleNamespace, size: int, status: int) -> None:
    settings.VITALE_BODY_LIMIT = 1000
    response = Client().post("/peser/", b"a" * size, content_type="text/plain")
    assert response.status_code == status


def test_body_too_large_is_refused_before_the_csrf_check(browser: Client, settings: SimpleNamespace) -> None:
    settings.VITALE_BODY_LIMIT = 1000
    response = browser.post("/peser/", b"a" * 1001, content_type="multipart/form-data; boundary=x")
    assert (response.status_code, heading(response)) == (413, "Votre envoi est trop lourd")


@pytest.mark.parametrize(
    ("found", "allowed", "shown"),
    [
        (23_456_789, 10_485_760, ["23,5\N{NO-BREAK SPACE}Mo", "10,4\N{NO-BREAK SPACE}Mo"]),
        (10_485_761, 10_485_760, ["10,5\N{NO-BREAK SPACE}Mo", "10,4\N{NO-BREAK SPACE}Mo"]),
        (10_000_001, 10_000_000, ["10,1\N{NO-BREAK SPACE}Mo", "10\N{NO-BREAK SPACE}Mo"]),
    ],
    ids=["far over", "one byte over", "round limit"],
)
def test_weights_found_and_allowed_never_read_the_same(
    rf: RequestFactory, found: int, allowed: int, shown: list[str]
) -> None:
    page = errors.content_too_large(rf.post("/"), found=found, allowed=allowed).content.decode()
    assert [part.split("</strong>")[0] for part in page.split("<strong>")[1:]] == shown


LEADS = {
    "the form": ("http://testserver/carte/commande/X/photo/?a=1", "/carte/commande/X/photo/?a=1"),
    "unknown": ("", ""),
    "another site": ("https://ailleurs.example/photo/", ""),
    "another site as a path": ("http://testserver//ailleurs.example/photo/", ""),
    "another site after a backslash": ("http://testserver/\\ailleurs.example/", ""),
    "a script": ("javascript:alert(1)", ""),
}


@pytest.mark.parametrize(("comes_from", "leads"), LEADS.values(), ids=LEADS)
def test_body_too_large_leads_back_to_its_form_and_to_no_other_site(
    rf: RequestFactory, comes_from: str, leads: str
) -> None:
    request = rf.post("/", headers={"referer": comes_from})
    page = errors.content_too_large(request, found=11_000_000, allowed=10_000_000).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    home = reverse("home")
    assert re.findall(r'href="([^"]+)"', main) == ([leads, home] if leads else [home])
    assert ("Choisir un autre fichier" in main) is bool(leads)
    assert ("Revenez à la page précédente" in main) is not bool(leads)


@pytest.mark.parametrize(
    ("sent", "bound", "read"),
    [(300_000, 1_000_000, 300_000), (300_000, 100_000, 100_000), (0, 100_000, 0)],
    ids=["whole", "up to the bound", "gone before the end"],
)
def test_refused_body_is_drained_up_to_its_bound(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, sent: int, bound: int, read: int
) -> None:
    monkeypatch.setattr(middleware, "DRAIN_BYTES", bound)
    request = rf.post("/", b"a" * sent, content_type="text/plain")
    assert middleware.drain(request, 300_000) == read


def test_draining_stops_at_its_time(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "DRAIN_SECONDS", 0.0)
    request = rf.post("/", b"a" * 1000, content_type="text/plain")
    assert middleware.drain(request, 1000) == 0


@pytest.mark.parametrize(
    ("header", "length"),
    [("12", 12), ("", 0), (None, 0), ("abc", 0)],
    ids=["figure", "empty", "none", "not one"],
)
def test_declared_length_of_odd_headers(rf: RequestFactory, header: str | None, length: int) -> None:
    request = rf.get("/")
    request.META["CONTENT_LENGTH"] = header
    assert middleware.declared_length(request) == length
