"""The tool that renders documents: what it declares, and what it refuses to fetch."""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.template import engines

from tests.pdfs import fields, fonts, opened, tags, texts
from vitale_portal import pdf

PAGE = '<html lang="fr"><head><title>Essai</title>{head}</head><body><p>Un texte.</p>{body}</body></html>'
SECRET_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15">SECRET</text></svg>'

Write = Callable[..., str]


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a template that lives as long as a test; give its name."""
    engine = engines["django"].engine
    monkeypatch.setattr(engine, "dirs", [*engine.dirs, tmp_path])

    def write(*, head: str = "", body: str = "") -> str:
        name = f"{tmp_path.name}-{len(list(tmp_path.iterdir()))}.html"
        (tmp_path / name).write_text(PAGE.format(head=head, body=body))
        return name

    return write


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """A web server on this machine, first of the list, and the paths it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_args: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        paths = [f"http://127.0.0.1:{server.server_port}"]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield paths
        server.shutdown()
        thread.join()


def test_render_declares_what_a_screen_reader_needs(template: Write) -> None:
    document = opened(pdf.render(template(body="<h1>Un titre</h1>"), {}))
    root = document.Root
    assert (str(root.Lang), bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle)) == (
        "fr",
        True,
        True,
    )
    assert str(document.docinfo.Title) == "Essai"
    with document.open_metadata() as metadata:
        assert (metadata["pdfuaid:part"], metadata["dc:title"]) == ("1", "Essai")
    assert tags(document) == [(kind, "") for kind in ("Document", "P", "Span", "H1", "Span")]


def test_render_embeds_its_fonts(template: Write) -> None:
    head = "<style>html { font-family: 'Open Sans' }</style>"
    assert fonts(opened(pdf.render(template(head=head), {}))) == {"Open-Sans": True}


def test_render_twice_gives_the_same_bytes(template: Write) -> None:
    name, other = template(body="{{ qui }}"), template(body="Autre.")
    first = pdf.render(name, {"qui": "Éloïse"})
    pdf.render(other, {})
    assert pdf.render(name, {"qui": "Éloïse"}) == first


def test_render_escapes_what_it_is_given(template: Write) -> None:
    rendered = pdf.render(template(body="{{ qui }}"), {"qui": "<b>&amp;"})
    assert texts(rendered) == ["Un texte. <b>&amp;"]


@pytest.mark.parametrize("demonstration", [True, False], ids=["demonstration", "in_earnest"])
def test_render_knows_whether_it_is_a_demonstration(
    template: Write, settings: pytest.FixtureRequest, *, demonstration: bool
) -> None:
    settings.VITALE_DEMONSTRATION = demonstration
    name = template(body="{{ demonstration }}")
    assert texts(pdf.render(name, {})) == [f"Un texte. {demonstration}"]
    assert texts(pdf.render(name, {"demonstration": "dit"})) == ["Un texte. dit"]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", '<img alt="¤" src="{url}">'),
        ("", '<img alt="¤" src="{{{{ given }}}}">'),
        ('<link rel="stylesheet" href="{url}">', ""),
        ("<style>@import url({url})</style>", ""),
        ("<style>@font-face {{ font-family: x; src: url({url}) }} p {{ font-family: x }}</style>", ""),
        ("<style>p {{ background: url({url}) }}</style>", ""),
        ('<link rel="attachment" href="{url}">', ""),
        ("", '<object data="{url}"></object><embed src="{url}">'),
        ("", '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="{url}"/></svg>'),
        ('<base href="{url}">', '<img alt="¤" src="other.svg">'),
    ],
    ids=[
        "img",
        "given",
        "stylesheet",
        "import",
        "font",
        "background",
        "attachment",
        "object",
        "svg",
        "base",
    ],
)
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_render_fetches_nothing(
    template: Write, asked: list[str], tmp_path: Path, head: str, body: str, scheme: str
) -> None:
    (tmp_path / "secret.svg").write_text(SECRET_SVG)
    (tmp_path / "other.svg").write_text(SECRET_SVG)
    url = f"{asked[0] if scheme == 'http' else tmp_path.as_uri()}/secret.svg"
    name = template(head=head.format(url=url), body=body.format(url=url))
    rendered = pdf.render(name, {"given": url})
    shown = texts(rendered)[0].replace("¤", "").strip()  # the alternative of a picture that is not there
    assert (shown, asked[1:]) == ("Un texte.", [])
    assert len(opened(rendered).attachments) == 0


def test_render_shows_what_a_template_holds_itself(template: Write) -> None:
    url = "data:image/svg+xml;base64," + base64.b64encode(SECRET_SVG.encode()).decode()
    rendered = pdf.render(template(body=f'<img alt="Un mot." src="{url}">'), {})
    assert texts(rendered) == ["Un texte. SECRET"]
    assert ("Figure", "Un mot.") in tags(opened(rendered))


def test_render_makes_fields_only_when_asked(template: Write) -> None:
    name = template(body='<form><label for="nom">Nom</label><input id="nom" name="nom"></form>')
    assert fields(opened(pdf.render(name, {}))) == []
    assert fields(opened(pdf.render(name, {}, forms=True))) == [("/Tx", "Nom")]


def test_qr_is_one_picture_with_its_quiet_zone() -> None:
    """21 modules a side for version 1, and 4 of margin on each side."""
    code = pdf.qr_svg("7K3F92QX4J")
    head, drawing = unquote(code).split(",", 1)
    svg = ET.fromstring(drawing)  # noqa: S314 -- made here
    assert (head, svg.get("width"), svg.get("height")) == ("data:image/svg+xml;charset=utf-8", "29", "29")


def test_concatenate_keeps_pages_in_order(template: Write) -> None:
    letters = [pdf.render(template(body=f"Lettre {number}."), {}) for number in (1, 2, 3)]
    assert texts(pdf.concatenate(letters)) == [f"Un texte. Lettre {number}." for number in (1, 2, 3)]


def test_concatenate_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to print"):
        pdf.concatenate([])


def test_check_says_nothing_where_all_is_there() -> None:
    assert run_checks(tags=["pdf"]) == []


def test_check_names_the_apt_line_of_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LIBRARIES", dict.fromkeys(pdf.LIBRARIES, "libnowhere.so.0"))
    monkeypatch.setattr(pdf, "FONT_FOLDERS", (tmp_path,))
    packages = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-open-sans"
    found = run_checks(tags=["pdf"])
    assert [(each.id, each.hint) for each in found] == [
        ("vitale_portal.E001", f"apt-get install -y --no-install-recommends {packages}")
    ]


def test_check_names_packages_of_the_makefile() -> None:
    makefile = (Path(settings.BASE_DIR) / "Makefile").read_text()
    packages = re.findall(r"^PACKAGES := (.+)$", makefile, flags=re.MULTILINE)[0].split()
    assert {*pdf.LIBRARIES, pdf.FONT_PACKAGE} - set(packages) == set()
