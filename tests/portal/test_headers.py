"""Every answer of every address carries the headers of security, whoever asks and whatever it says."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Assure
from suivi.securite_views import security_lines
from tests.addresses import PUBLIC
from tests.benchmarks.addresses import desk, site
from tests.benchmarks.household import Household, household
from tests.fixtures import at_desk
from vitale_portal.cookies import host_cookie
from vitale_portal.headers import CAMERA_PAGES, permissions

CSP = (
    "frame-ancestors 'none'; default-src 'none'; base-uri 'none'; object-src 'none'; style-src 'self'; "
    "font-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' blob:; form-action 'self'"
)
EXPECTED = {
    "X-Content-Type-Options": {"nosniff"},
    "X-Frame-Options": {"DENY"},
    "Referrer-Policy": {"same-origin"},
    "Cross-Origin-Embedder-Policy": {"require-corp"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Cross-Origin-Resource-Policy": {"same-origin"},
    "X-Permitted-Cross-Domain-Policies": {"none"},
    "Permissions-Policy": {permissions(""), permissions("order_photo")},
}
LOOSE = ("unsafe-", "*", "http:", "https:", "data:")


def faults(response: HttpResponse) -> list[str]:
    """Tell what an answer lacks."""
    found = [name for name, values in EXPECTED.items() if response.get(name) not in values]
    policy = {
        part.strip().split(" ", 1)[0]: part for part in response.get("Content-Security-Policy", "").split(";")
    }
    strict = {part.strip().split(" ", 1)[0]: part for part in CSP.split(";")}
    # A picture in an address runs nothing: the QR code of an agent’s application.
    judged = policy | {"img-src": policy.get("img-src", "").replace(" data:", "")}
    loose = [part for part in judged.values() if any(word in part for word in LOOSE)]
    if strict.keys() - policy.keys() or loose:
        found.append(f"Content-Security-Policy {loose}")
    if not response.has_header("Cache-Control"):
        found.append("Cache-Control")
    if response.get("Access-Control-Allow-Origin"):
        found.append("Access-Control-Allow-Origin")
    if not response.streaming and response.content and "Content-Type" not in response:
        found.append("Content-Type")
    kind = response.get("Content-Type", "").replace('"', "")
    if kind.startswith("text/") and not kind.endswith("charset=utf-8"):
        found.append("charset")
    return found


def all_faults(client: Client, urls: Iterable[str]) -> dict[str, list[str]]:
    return {
        f"{act} {url}": found
        for url in urls
        for act in ("get", "post")
        if (found := faults(getattr(client, act)(url)))
    }


@pytest.fixture
def home(db: None, pieces_root: Path) -> Household:  # noqa: ARG001
    return household()


@pytest.mark.once
@pytest.mark.parametrize("who", ["nobody", "assure", "agent"])
def test_every_answer_carries_the_set(home: Household, who: str) -> None:
    client = Client(raise_request_exception=False)
    if who == "assure":
        client.force_login(home.assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    if who == "agent":
        client = at_desk(home.agent, raise_request_exception=False)
    # Signing out comes last.
    urls = [address.url for address in [*site(home), *desk(home)]] + ["/nulle-part/", *map(reverse, PUBLIC)]
    assert all_faults(client, sorted(urls, key=lambda url: url == reverse("sign_out"))) == {}


def test_a_loose_answer_would_be_seen() -> None:
    assert set(faults(HttpResponse("x", content_type="text/plain"))) == {
        *EXPECTED, "Content-Security-Policy []", "Cache-Control", "charset",
    }  # fmt: skip


def test_policy_is_this_one(client: Client) -> None:
    given = client.get("/nulle-part/")["Content-Security-Policy"]
    assert sorted(given.split("; ")) == sorted(CSP.split("; "))


@pytest.mark.parametrize("status", [400, 404, 405, 413, 500])
def test_answers_made_early_or_in_error_carry_it_too(settings: Settings, status: int) -> None:
    """No database is there: what is refused before the view, and what fails in it."""
    settings.ROOT_URLCONF = "tests.portal.test_errors"
    settings.VITALE_BODY_LIMIT = 10
    client = Client(raise_request_exception=False)
    response = {
        400: lambda: client.get("/", headers={"host": "ailleurs.example"}),
        404: lambda: client.get("/absent/"),
        405: lambda: client.post("/page-405/"),
        413: lambda: client.post("/peser/", b"a" * 11, content_type="text/plain"),
        500: lambda: client.get("/boom/panne/"),
    }[status]()
    if status != 405:
        assert response.status_code == status
    assert faults(response) == []


@pytest.mark.django_db
def test_static_file_may_be_kept_and_is_read_by_its_own_site_alone(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "portal.0123456789ab.css").write_text("a{}")
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = False
    settings.WHITENOISE_USE_FINDERS = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    response = Client().get("/static/portal.0123456789ab.css")
    assert (response.status_code, faults(response)) == (200, [])
    response.close()
    assert response["Cache-Control"] == "max-age=60, public"  # no name of the manifest, so not for ever


def test_https_adds_hsts_and_leads_there_with_the_same_headers(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    client = Client(raise_request_exception=False)
    led, secure = client.get("/robots.txt"), client.get("/robots.txt", secure=True)
    assert (led.status_code, led["Location"], faults(led)) == (301, "https://testserver/robots.txt", [])
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert faults(secure) == []


@pytest.mark.parametrize(("https", "name"), [(True, "__Host-sessionid"), (False, "sessionid")])
def test_cookies_are_bound_to_the_host_over_https(https: bool, name: str) -> None:
    assert host_cookie("sessionid", https=https) == name


@pytest.mark.django_db
def test_cookies_are_for_the_site_alone(client: Client, assure: Assure) -> None:
    client.get(reverse("sign_in"))
    client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    client.post(reverse("sign_out"))
    flags = {
        name: (bool(morsel["httponly"]), morsel["samesite"], morsel["path"], morsel["domain"])
        for name, morsel in client.cookies.items()
    }
    assert flags.keys() <= {"sessionid", "csrftoken"}
    assert flags["csrftoken"] == (True, "Lax", "/", "")


@pytest.mark.django_db
def test_signing_out_clears_what_the_browser_kept(assure_client: Client) -> None:
    assert not assure_client.get(reverse("dashboard")).has_header("Clear-Site-Data")
    assert assure_client.post(reverse("sign_out"))["Clear-Site-Data"] == '"cache", "storage"'


def test_camera_is_open_on_the_pages_that_use_it_and_nowhere_else(home: Household) -> None:
    client = Client()
    client.force_login(home.assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    pages = [address for address in site(home) if address.is_page]
    used = {one.name for one in pages if b"data-camera" in b"".join(client.get(one.url))}
    # The two that take a refused piece anew show the page of the order again, with its errors.
    assert used == CAMERA_PAGES - {"refused_photo", "refused_identite"}
    for one in pages:
        opened = "camera=(self)" in client.get(one.url)["Permissions-Policy"]
        assert (one.name, opened) == (one.name, one.name in CAMERA_PAGES)


def test_file_for_who_finds_a_weakness(client: Client, settings: Settings) -> None:
    settings.VITALE_SECURITY_CONTACT = "mailto:securite@caisse.example"
    settings.VITALE_PUBLIC_URL = "https://vitale.example/"
    response = client.get("/.well-known/security.txt")
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "text/plain; charset=utf-8",
        "public, max-age=86400",
    )
    assert response.content.decode() == security_lines(timezone.now())


def test_file_names_all_that_rfc_9116_asks(settings: Settings) -> None:
    settings.VITALE_SECURITY_CONTACT = "mailto:securite@caisse.example"
    settings.VITALE_PUBLIC_URL = "https://vitale.example/"
    lines = security_lines(datetime(2026, 11, 28, 3, 12, tzinfo=UTC))
    assert lines.splitlines() == [
        "Contact: mailto:securite@caisse.example",
        "Expires: 2027-05-27T00:00:00Z",
        "Preferred-Languages: fr",
        "Canonical: https://vitale.example/.well-known/security.txt",
        "Policy: https://vitale.example/securite/",
    ]


def test_no_file_names_nobody(client: Client, settings: Settings) -> None:
    settings.VITALE_SECURITY_CONTACT = ""
    assert client.get("/.well-known/security.txt").status_code == 404
    assert b"Adressez-vous" in client.get(reverse("security")).content


def test_page_says_where_to_write(client: Client, settings: Settings) -> None:
    settings.VITALE_SECURITY_CONTACT = "mailto:securite@caisse.example"
    page = client.get(reverse("security")).content.decode()
    assert '<a href="mailto:securite@caisse.example">securite@caisse.example</a>' in page


def test_robots_are_told_the_public_pages_and_no_closed_one(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines == ["User-agent: *", "Allow: /$", "Allow: /aide/", "Allow: /securite/", "Disallow: /"]
