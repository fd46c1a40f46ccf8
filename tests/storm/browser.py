"""A browser of a few lines: cookies, redirections, forms. It reloads when nobody answers, as people do."""

import http.client
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

REDIRECTIONS = 6
TIMEOUT = 30.0
RELOAD = 0.3  # seconds between two reloads
SERVER_ERROR = 500
Fields = Mapping[str, str | list[str] | bytes]


class Unanswered(Exception):
    """Nobody answered, or not to the end: whether the request was served is not known."""


class GaveUp(Exception):
    """The storm is over, and the page was never given."""


@dataclass
class Form:
    """A form of a page: where it goes, its hidden fields, and which fields a person fills in."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


@dataclass
class Page:
    """An answer: its address after redirections, its status, its text, its forms."""

    path: str
    status: int
    text: str
    forms: list[Form]

    def form(self, *names: str) -> Form | None:
        """Give the form that has these fields."""
        return next((form for form in self.forms if form.names.issuperset(names)), None)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(action=given.get("action", "")))
        elif tag in {"input", "textarea", "select"} and given.get("name") and self.forms:
            if given.get("type") == "hidden":
                self.forms[-1].hidden[given["name"]] = given.get("value", "")
            if "disabled" not in given:
                self.forms[-1].names.add(given["name"])


def forms_of(text: str) -> list[Form]:
    parser = _Forms()
    parser.feed(text)
    return parser.forms


class Browser:
    """One person's browser. ``going_on`` says whether he still tries; ``seen`` is told each status."""

    def __init__(self, port: int, going_on: Callable[[], bool], seen: Callable[[str, int], None]) -> None:
        self.port, self.going_on, self.seen = port, going_on, seen
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        """Give a page, reloading until it comes. Raises ``GaveUp`` when the storm ends first."""
        while self.going_on():
            try:
                page = self._ask("GET", path)
            except Unanswered:
                page = None
            if page and page.status < SERVER_ERROR:
                return page
            time.sleep(RELOAD)
        raise GaveUp

    def post(self, page: Page, form: Form, fields: Fields) -> Page | None:
        """Send a form, once; None when it is not known what became of it."""
        body, kind = _encoded({**form.hidden, **fields})
        try:
            answer = self._ask("POST", urljoin(page.path, form.action), body, kind)
        except Unanswered:
            return None
        return answer if answer.status < SERVER_ERROR else None

    def _ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Page:
        for _ in range(REDIRECTIONS):
            status, location, text = self._exchange(method, path, body, kind)
            self.seen(path, status)
            if not location:
                return Page(path, status, text, forms_of(text))
            parts = urlsplit(urljoin(path, location))
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            method, body, kind = "GET", b"", ""
        raise Unanswered

    def _exchange(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers |= {"Content-Type": kind, "Referer": f"http://127.0.0.1:{self.port}{path}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered from error
        finally:
            connection.close()
        for cookie in response.msg.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.getheader("Location", ""), text


def _encoded(fields: Fields) -> tuple[bytes, str]:
    if not any(isinstance(value, bytes) for value in fields.values()):
        return urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded"
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        disposition = f'Content-Disposition: form-data; name="{name}"'
        if isinstance(value, bytes):
            head = f'{disposition}; filename="photo.jpg"\r\nContent-Type: image/jpeg'
        else:
            head = disposition
        content = value if isinstance(value, bytes) else str(value).encode()
        parts.append(b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary.encode(), head.encode(), content))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def reference_in(path: str) -> str:
    """Give the reference an address names."""
    found = re.search(r"/([0-9A-HJKMNP-TV-Z]{10})/", path)
    return found[1] if found else ""
