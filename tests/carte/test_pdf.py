"""P1 to P4 for PDF: any producer's pages as true pictures, everything else refused with its sentence."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name
from PIL import Image

from carte.faults import PieceFault
from carte.images import Limits, pdf, rasters, sheets
from tests.carte.documents import (
    A4,
    ID,
    PHOTO,
    blank,
    content_bomb,
    cornered,
    drawn_image,
    endless,
    paged,
    painted,
    written,
)
from tests.carte.pictures import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    YELLOW,
    colours_at_corners,
    corners,
    encoded,
    faults,
    padded,
    plain,
    sentences,
    stored,
    taken,
)

Pdf = Callable[[], bytes]


def rotated() -> bytes:
    """Stored lying on its left side, and said to be turned by a quarter."""
    document = cornered()
    content = document.pages[0].Contents.read_bytes()
    turned = paged(b"0 1 -1 0 841.89 0 cm " + content, size=A4[::-1])
    turned.pages[0].Rotate = 90
    return written(turned)


def cropped() -> bytes:
    document = cornered((300, 400))
    document.pages[0].MediaBox = pikepdf.Array([-50, -50, 400, 500])
    document.pages[0].CropBox = pikepdf.Array([0, 0, 300, 400])
    return written(document)


def scripted() -> bytes:
    document = cornered()
    action = Dictionary(
        S=Name.JavaScript, JS="app.alert('Secret'); this.submitForm('https://secret.example');"
    )
    document.Root.OpenAction = action
    document.pages[0].AA = Dictionary(O=action)
    document.attachments["secret.exe"] = b"MZ Secret"
    return written(document)


def filled() -> bytes:
    """A field over the top left corner: blue where the page is red, as its producer drew it."""
    document = cornered()
    form = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": pikepdf.Array([0, 0, 300, 420])}
    look = document.make_stream(painted(BLUE, (0, 0, 300, 420)), **form)
    field = {"Type": Name.Annot, "Subtype": Name.Widget, "FT": Name.Tx, "T": "nom", "V": "DURAND", "F": 4}
    place = pikepdf.Array([0, 421, 297, 841])
    widget = document.make_indirect(Dictionary(**field, Rect=place, AP=Dictionary(N=look)))
    document.Root.AcroForm = Dictionary(Fields=pikepdf.Array([widget]))
    document.pages[0].Annots = pikepdf.Array([widget])
    return written(document)


def pictured() -> bytes:
    return encoded(corners(1000, 1400), "PDF", resolution=150)


PRODUCERS: dict[str, Pdf] = {
    "vectors": lambda: written(cornered()),
    "picture": pictured,
    "grey page turned": rotated,
    "page cut out of a larger one": cropped,
    "script and attachment": scripted,
    "linearized": lambda: written(cornered(), linearize=True),
    "compressed objects": lambda: written(cornered(), object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "owner's password alone": lambda: written(cornered(), encryption=pikepdf.Encryption(user="", owner="b")),
    "zeros behind the end": lambda: padded(written(cornered()), 60_000),
}


@pytest.mark.parametrize("make", PRODUCERS.values(), ids=PRODUCERS)
def test_page_is_stored_as_a_true_picture(make: Pdf) -> None:
    sheet = stored(make(), PHOTO)
    for found, expected in zip(colours_at_corners(sheet.jpeg), CORNERS, strict=True):
        assert max(abs(one - other) for one, other in zip(found, expected, strict=True)) <= 6
    assert (sheet.jpeg[:3], sheet.jpeg[-2:], sheet.jpeg.count(b"Secret")) == (b"\xff\xd8\xff", b"\xff\xd9", 0)


def test_field_shows_as_it_was_filled() -> None:
    (found, *others) = colours_at_corners(stored(filled(), PHOTO).jpeg)
    for one, expected in zip([found, *others], (BLUE, *CORNERS[1:]), strict=True):
        assert max(abs(a - b) for a, b in zip(one, expected, strict=True)) <= 6


def test_pages_are_kept_in_order_at_the_stored_size() -> None:
    """P4: up to 4 for an ID, 2 400 px at most."""
    pages = [painted(colour, (0, 0, *A4)) for colour in (RED, GREEN, BLUE, YELLOW)]
    picture = taken(written(paged(*pages)), ID, 2400)
    assert [(page.width, page.height) for page in picture.pages] == [(1697, 2400)] * 4
    assert (picture.found_width, picture.found_height) == (2480, 3508)
    for page, colour in zip(picture.pages, (RED, GREEN, BLUE, YELLOW), strict=True):
        (found, *_) = colours_at_corners(page.jpeg)
        assert max(abs(one - other) for one, other in zip(found, colour, strict=True)) <= 6


def test_small_page_is_measured_at_300_dpi_and_not_enlarged() -> None:
    picture = taken(blank(size=(85.6 / 25.4 * 72, 54 / 25.4 * 72)), ID)
    (page,) = picture.pages
    assert (page.width, page.height, picture.found_width, picture.found_height) == (1011, 638, 1011, 638)


# --- Limits ------------------------------------------------------------------------------------

SHEET = "Votre image mesure {} pixels (largeur × hauteur), le maximum est de 2 550 × 3 510 "
SHEET += "(21,6 × 29,7 cm à 300 points par pouce)."
SIZES = {
    "the sheet": ((612, 842.4), []),
    "the sheet lying": ((842.4, 612), []),
    "one px wider": ((612.24, 842.4), [SHEET.format("2 551 × 3 510")]),
    "one px higher": ((612, 842.64), [SHEET.format("2 550 × 3 511")]),
    "a kilometre": ((2_834_640, 2_834_640), [SHEET.format("11 811 000 × 11 811 000")]),
    "the smallest photo": ((50.88, 65.04), []),
    "one px narrower": (
        (50.64, 65.04),
        ["Votre image mesure 211 × 271 pixels (largeur × hauteur), le minimum est de 212 × 271."],
    ),
}


@pytest.mark.parametrize(("size", "told"), SIZES.values(), ids=SIZES)
def test_page_is_bounded_to_the_pixel(size: tuple[float, float], told: list[str]) -> None:
    """Section 2: a page fits in 8.5×11.7 in, and is measured at 300 dpi."""
    data = blank(size=size)
    if not told:
        assert faults(data, PHOTO) == []
    else:
        (sentence,) = sentences(data, PHOTO)
        assert sentence.startswith(told[0])


@pytest.mark.parametrize(
    ("pages", "limits", "figures"),
    [(1, PHOTO, None), (2, PHOTO, ("2", "1")), (4, ID, None), (5, ID, ("5", "4")), (500, ID, ("500", "4"))],
)
def test_pages_are_counted(pages: int, limits: Limits, figures: tuple[str, str] | None) -> None:
    """P4."""
    data = blank(pages)
    if figures is None:
        assert len(taken(data, limits).pages) == pages
    else:
        found, allowed = figures
        start = f"Votre document compte {found} pages, cette étape en accepte {allowed} au plus."
        assert [sentence[: len(start)] for sentence in sentences(data, limits)] == [start]


def test_document_without_a_page_is_empty() -> None:
    assert sentences(written(pikepdf.new()), ID)[0].startswith("Votre fichier est vide (0 page).")


def test_weight_and_pages_are_told_together() -> None:
    limits = Limits(("PDF",), 50_000, 2_097_152, None, None, pages_max=1)
    assert faults(blank(2), limits) == [PieceFault.TOO_LIGHT, PieceFault.TOO_MANY_PAGES]
    assert faults(blank(1), limits) == [PieceFault.TOO_LIGHT]


# --- Refused -----------------------------------------------------------------------------------

WHOLE, LINEAR = written(cornered()), written(cornered(), linearize=True)
REFUSED: dict[str, tuple[bytes, PieceFault]] = {
    "user's password": (
        written(cornered(), encryption=pikepdf.Encryption(user="a", owner="b")),
        PieceFault.ENCRYPTED,
    ),
    "half": (WHOLE[: len(WHOLE) // 2], PieceFault.TRUNCATED),
    "end mark cut": (WHOLE.rstrip()[:-1], PieceFault.TRUNCATED),
    "linearized, half": (LINEAR[: LINEAR.index(b"%%EOF") + 200], PieceFault.TRUNCATED),
    "nothing within": (b"%PDF-1.7\n%%EOF", PieceFault.UNREADABLE),
    "nonsense": (b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"%%EOF", PieceFault.UNREADABLE),
    "page that is none": (WHOLE.replace(b"/Kids [ 3 0 R", b"/Kids [ 9 0 R"), PieceFault.UNREADABLE),
    "picture of 900 million pixels": (drawn_image(30_000, 30_000, b""), PieceFault.TOO_COMPLEX),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED)
def test_document_is_refused_with_its_code(data: bytes, code: PieceFault) -> None:
    assert faults(data, ID) == [code]


def test_document_is_refused_where_the_profile_wants_none() -> None:
    """Section 2, CFE."""
    (sentence,) = sentences(WHOLE)
    assert sentence.startswith("Votre fichier est un document PDF, cette étape accepte : JPEG et PNG.")


# --- The process -------------------------------------------------------------------------------


def test_memory_of_the_process_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MEMORY_MAX", 90 * 1024 * 1024)
    (sentence,) = sentences(content_bomb(90), ID)
    told = "plus de 90 Mo de mémoire, le maximum est de 90 Mo de mémoire"
    assert sentence.startswith(f"Votre fichier est trop lourd à ouvrir ({told}).")


def test_time_of_the_process_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS_MAX", 1)
    monkeypatch.setattr(pdf, "DEADLINE", 30)
    (sentence,) = sentences(endless(), ID)
    assert sentence.startswith("Votre fichier est trop lourd à ouvrir (plus de 1 seconde de calcul,")


def test_machine_too_busy_for_the_process_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "DEADLINE", 0.01)
    assert faults(WHOLE, ID) == [PieceFault.BUSY]


def test_process_leaves_no_child_behind() -> None:
    assert faults(blank(5), ID) == [PieceFault.TOO_MANY_PAGES]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


SAYS = "import sys; say = sys.stdout.buffer.write; sys.stdin.buffer.read(); "
LINE = 'say(b\'{"pages": 1, "sizes": [[300, 300]]}\\n\'); '
LIARS = {
    "says nothing": (SAYS, PieceFault.UNREADABLE),
    "does not take the file": ("", PieceFault.UNREADABLE),
    "speaks another tongue": (SAYS + "say(b'Bonjour\\n')", PieceFault.UNREADABLE),
    "names no page": (SAYS + "say(b'{}\\n')", PieceFault.UNREADABLE),
    "promises a page": (SAYS + LINE, PieceFault.UNREADABLE),
    "gives half a page": (
        SAYS + LINE + 'say(b\'{"width": 300, "height": 300, "stride": 900}\\n\' + bytes(900 * 150))',
        PieceFault.UNREADABLE,
    ),
    "gives too large a page": (
        SAYS + LINE + 'say(b\'{"width": 30000, "height": 30000, "stride": 90000}\\n\')',
        PieceFault.UNREADABLE,
    ),
    "crosses the rows": (
        SAYS + LINE + 'say(b\'{"width": 300, "height": 300, "stride": 1}\\n\' + bytes(300))',
        PieceFault.UNREADABLE,
    ),
    "talks without end": (SAYS + "[say(bytes(1 << 16)) for _ in range(100)]", PieceFault.UNREADABLE),
    "crashes": (SAYS + "import os; os.kill(os.getpid(), 11)", PieceFault.UNREADABLE),
    "is given no more memory": (SAYS + "import os; os.abort()", PieceFault.TOO_COMPLEX),
    "uses up its time": (SAYS + "import os; os.kill(os.getpid(), 24)", PieceFault.TOO_COMPLEX),
    "sleeps": (SAYS + "import time; time.sleep(60)", PieceFault.BUSY),
}


@pytest.mark.parametrize(("program", "code"), LIARS.values(), ids=LIARS)
def test_process_is_believed_in_nothing_but_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, code: PieceFault
) -> None:
    """Were the library taken over by a file, that would be all it could do."""
    script = tmp_path / "liar.py"
    script.write_text(program, encoding="utf-8")
    monkeypatch.setattr(pdf, "PROGRAM", script)
    monkeypatch.setattr(pdf, "DEADLINE", 0.5 if code == PieceFault.BUSY else 10)
    assert faults(WHOLE, ID) == [code]


@pytest.mark.parametrize("reader", [pdf, rasters], ids=["document", "picture"])
def test_upload_behind_too_many_others_is_told_to_come_back(
    reader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "WAIT_MAX", 0.01)
    data = WHOLE if reader is pdf else plain(300, 300)
    with reader.one_at_a_time:  # type: ignore[attr-defined]
        (sentence,) = sentences(data, ID)
    assert sentence.startswith("Trop d’envois en ce moment : votre fichier n’a pas été lu.")
    assert faults(data, ID) == []


def test_upload_that_finds_no_room_to_wait_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "room", threading.BoundedSemaphore(1))
    monkeypatch.setattr(rasters, "WAIT_MAX", 60)
    with sheets.queued(threading.BoundedSemaphore(1), 0):
        assert faults(plain(300, 300)) == [PieceFault.BUSY]
    assert faults(plain(300, 300)) == []


def test_picture_in_a_document_is_not_what_is_stored() -> None:
    """Only pixels come out: a picture's own metadata stays behind."""
    image = Image.new("RGB", (1000, 1400), RED)
    data = encoded(image, "PDF", resolution=150, title="Secret title", author="Secret author")
    assert stored(data, ID).jpeg.count(b"Secret") == 0
