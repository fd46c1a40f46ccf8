"""Any file at all, through the real view: taken and stored clean, or refused by its sentence (P1 to P4)."""

import html
import io
import re
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from carte.models import Commande, Page, Piece
from tests.carte.fichiers.case import Case
from tests.carte.fichiers.multipart import multipart
from tests.carte.fichiers.table import CASES
from tests.carte.pictures import colours_at_corners
from tests.factories import NOW, CaisseFactory, assure_ready, whole_draft

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("pieces_root")]

TAKEN = [case for case in CASES if not case.sentences]
REFUSED = [case for case in CASES if case.sentences]
DRAWN = {0xC0, 0xC4, 0xDA, 0xDB, 0xE0}  # frame, tables, scan, and JFIF: nothing that tells a tale
ERRORS = re.compile(r'<ul class="field-error" id="id_file_error">(.*?)</ul>', re.DOTALL)


def draft(case: Case) -> Commande:
    author = assure_ready(caisse=CaisseFactory(code=case.door.caisse))
    return whole_draft(author=author, photo_conditions_at=NOW, identite_conditions_at=NOW)


def sent(client: Client, commande: Commande, case: Case) -> HttpResponse:
    client.force_login(commande.author.user, backend="accounts.sign_in.CodePersonnelBackend")
    body, content_type = multipart(case.make(), filename=case.filename, claimed=case.claimed)
    address = reverse(case.door.view, args=[commande.reference])
    return client.generic("POST", address, body, content_type=content_type)


def next_to_the_field(response: HttpResponse) -> list[str]:
    """The sentences under the field, as a person reads them."""
    items = "".join(ERRORS.findall(response.content.decode())).split("<li>")[1:]
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", item)).split()) for item in items]


def current(commande: Commande, case: Case) -> Piece:
    return commande.pieces.get(kind=case.door.kind, replaced_at=None)


def rows(commande: Commande) -> list[tuple[object, ...]]:
    return list(commande.pieces.order_by("pk").values_list("pk", "label", "pages__file", "pages__sha256"))


def stored(page: Page) -> bytes:
    with page.file.open("rb") as stream:
        return stream.read()


def markers(data: bytes) -> Iterator[int]:
    """The markers of a JPEG, from its start to its scan."""
    position = 2
    while position < len(data):
        yield data[position + 1]
        if data[position + 1] == 0xDA:
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4])


def assert_clean(data: bytes) -> None:
    """A JPEG with a start, what draws, an end, and not a byte more."""
    assert (data[:3], data[-2:], data.count(b"\xff\xd9")) == (b"\xff\xd8\xff", b"\xff\xd9", 1)
    assert set(markers(data)) - DRAWN == set()
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.load()
    assert (image.mode, len(image.getexif()), "icc_profile" in image.info) == ("RGB", 0, False)


def far(found: tuple[int, ...], wanted: tuple[int, ...]) -> int:
    return max(abs(one - other) for one, other in zip(found, wanted, strict=True))


def assert_true_to_the_eye(case: Case, data: bytes) -> None:
    found = list(colours_at_corners(data))
    assert case.colours == () or max(map(far, found, case.colours)) <= case.tolerance, found


def test_table_names_at_least_120_files_once_each() -> None:
    names = [case.name for case in CASES]
    assert (len(names) >= 120, len(set(names))) == (True, len(names))


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_file_is_refused_by_its_sentence(
    case: Case, client: Client, stored_files: Callable[[], set[str]]
) -> None:
    """P2, P3: with the figure found and the figure allowed; the draft keeps what it had."""
    commande = draft(case)
    before = (rows(commande), stored_files())
    response = sent(client, commande, case)
    assert (response.status_code, next_to_the_field(response)) == (200, case.sentences)
    assert (rows(commande), stored_files()) == before


@pytest.mark.parametrize("case", TAKEN, ids=[case.name for case in TAKEN])
def test_file_is_taken_and_stored_clean(
    case: Case, client: Client, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    """P1, P4: upright, sRGB, nothing attached, true to the eye; the former piece gives way."""
    commande = draft(case)
    former = current(commande, case)
    with django_capture_on_commit_callbacks(execute=True):
        response = sent(client, commande, case)
    assert (response.status_code, next_to_the_field(response)) == (302, [])
    piece = current(commande, case)
    pages = list(piece.pages.all())
    assert (piece.pk == former.pk, len(pages)) == (False, case.pages)
    if case.label:
        assert piece.label == case.label
    for page in pages:
        data = stored(page)
        assert_clean(data)
        assert_true_to_the_eye(case, data)
        assert Image.open(io.BytesIO(data)).size == (page.width, page.height)
    assert case.size in (None, (pages[0].width, pages[0].height))
