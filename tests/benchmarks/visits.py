"""A web server started as ``manage.py portal`` does, and people signed in who send it files."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from tests.benchmarks.attestations import ROOT, wait_for
from tests.benchmarks.processes import Watch

if TYPE_CHECKING:
    from tests.carte.fichiers.case import Case


@dataclass(frozen=True)
class Answer:
    """What came back, and what it cost."""

    name: str
    status: int
    seconds: float
    processor: float  # s, of the server and its children
    server: float  # MB at the highest
    child: float
    told: str = ""


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in, with a draft whose pieces are there."""

    caisse: str
    reference: str
    cookies: str


class Portal:
    """The server, and those who knock at it."""

    def __init__(self, port: int, watch: Watch) -> None:
        self.port, self.watch = port, watch

    def ask(
        self, visitor: Visitor, method: str, path: str, body: bytes = b"", kind: str = ""
    ) -> tuple[int, bytes]:
        connection = HTTPConnection("localhost", self.port, timeout=60)
        token = visitor.cookies.partition("csrftoken=")[2]
        headers = {"Cookie": visitor.cookies, "X-CSRFToken": token, "Content-Type": kind}
        try:
            connection.request(method, path, body or None, {k: v for k, v in headers.items() if v})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def send(self, visitor: Visitor, case: "Case", data: bytes) -> Answer:
        from tests.carte.fichiers.multipart import multipart  # noqa: PLC0415

        body, kind = multipart(data, filename=case.filename, claimed=case.claimed)
        step = {"order_photo": "photo", "order_identite": "piece-identite"}[case.door.view]
        self.watch.reset()
        before, start = self.watch.processor(), time.perf_counter()
        status, page = self.ask(visitor, "POST", f"/carte/commande/{visitor.reference}/{step}/", body, kind)
        taken = time.perf_counter() - start
        server, child = self.watch.peaks()
        return Answer(case.name, status, taken, self.watch.processor() - before, server, child, told_in(page))


def told_in(page: bytes) -> str:
    """The beginning of the sentence next to the field, or of the page that refuses."""
    text = page.decode(errors="replace").partition('id="id_file_error"')[2].partition("</ul>")[0]
    words = text.partition("</svg>")[2] or text
    return " ".join(words.replace("</li>", " ").split())[:60]


def visitors(caisse: str, count: int) -> list[Visitor]:
    """So many people with a draft, signed in."""
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from django.utils.crypto import get_random_string  # noqa: PLC0415

    from tests.factories import CaisseFactory, assure_ready, whole_draft  # noqa: PLC0415

    now, found = timezone.now(), []
    for _ in range(count):
        author = assure_ready(caisse=CaisseFactory(code=caisse))
        draft = whole_draft(
            author=author, created_at=now, photo_conditions_at=now, identite_conditions_at=now
        )
        client = Client()
        client.force_login(author.user, backend="accounts.sign_in.CodePersonnelBackend")
        cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={get_random_string(32)}"
        found.append(Visitor(caisse, draft.reference, cookies))
    return found


@contextmanager
def served(port: int, var: str) -> Iterator[Watch]:
    """The web server alone, started as ``manage.py portal`` starts it."""
    from vitale_portal.management.commands.portal import WEB, WEB_LOG  # noqa: PLC0415

    command = [sys.executable, "-m", *WEB, *WEB_LOG, "--bind", f"127.0.0.1:{port}"]
    with open(f"{var}/web.log", "wb") as log:  # noqa: PTH123
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    watch = Watch(server.pid)
    try:
        wait_for(f"http://localhost:{port}/connexion/")
        watch.start()
        yield watch
    finally:
        watch.stop()
        server.terminate()
        server.wait(20)
