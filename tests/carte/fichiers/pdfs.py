"""PDF: of every producer, with everything they may hold, and those that are cut, locked, or made to cost."""

import io
from collections.abc import Callable
from functools import cache, partial

import pikepdf
from PIL import Image

from carte.faults import PieceFault
from tests.carte.fichiers.case import (
    CFE_IDENTITE,
    CFE_PHOTO,
    ENCRYPTED,
    PHOTO,
    TRUNCATED,
    UNREADABLE,
    Case,
    Door,
    corner_case,
    fault,
)
from tests.carte.fichiers.writer import A4, MEGA, Pdf, drawn_corners, sheets, zeros
from tests.carte.pictures import CORNERS, corners, encoded

LITTLE = (76.8, 96.0)  # points: 320×400 px at 300 dpi
SHEET = (612.0, 842.4)  # points: 8.5×11.7 in, 2 550×3 510 px at 300 dpi
KILOMETRE = 2_834_640.0
PX = 72 / 300
FLOOR = 50_000
NAMED = {"filename": b"piece.pdf", "label": "piece.pdf", "claimed": "application/pdf"}


def pdf_case(name: str, make: Callable[[], bytes], door: Door = CFE_IDENTITE, **fields: object) -> Case:
    return corner_case(f"PDF, {name}", make, **({"door": door, "size": None} | NAMED | fields))


def refused(name: str, make: Callable[[], bytes], *faults: object, door: Door = CFE_IDENTITE) -> Case:
    return Case(f"PDF, {name}", make, door, faults, **NAMED)


def one(
    catalogue: bytes = b"", entries: bytes = b"", size: tuple[float, float] = LITTLE, drawn: bytes = b""
) -> bytes:
    """One page with the corners, and whatever its catalogue or its entries add."""
    pdf = Pdf()
    pdf.page(size, drawn or drawn_corners(*size), entries)
    return pdf.written(catalogue=catalogue)


@cache
def scanned(name: str = "JPEG", mode: str = "RGB") -> bytes:
    """A page that is one picture, as a scanner makes it."""
    image = corners().convert(mode)
    filters = {"JPEG": b"/DCTDecode", "JPEG2000": b"/JPXDecode"}[name]
    space = {"RGB": b"/DeviceRGB", "CMYK": b"/DeviceCMYK", "L": b"/DeviceGray"}[mode]
    inverted = b"/Decode[1 0 1 0 1 0 1 0]" if mode == "CMYK" else b""
    pdf = Pdf()
    entries = b"/Type/XObject/Subtype/Image/Width 320/Height 400/BitsPerComponent 8/ColorSpace%s/Filter%s%s"
    drawn = pdf.stream(encoded(image, name), entries % (space, filters, inverted))
    pdf.page(LITTLE, b"q 76.8 0 0 96 0 0 cm /I Do Q", b"/Resources<</XObject<</I %d 0 R>>>>" % drawn)
    return pdf.written()


def saved_by_pillow(pages: int = 1) -> bytes:
    written = io.BytesIO()
    images = [corners() for _ in range(pages)]
    images[0].save(written, "PDF", resolution=300, save_all=True, append_images=images[1:])
    return written.getvalue()


def rewritten(**options: object) -> bytes:
    """By pikepdf, which is qpdf: newer layouts, encryption."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(one())) as document:
        document.save(written, deterministic_id="encryption" not in options, **options)
    return written.getvalue()


def locked(user: str) -> bytes:
    return rewritten(encryption=pikepdf.Encryption(owner="owner", user=user, R=6))


def locked_as_long_ago(user: str) -> bytes:
    return rewritten(encryption=pikepdf.Encryption(owner="owner", user=user, R=3, aes=False, metadata=False))


def printed() -> bytes:
    """By WeasyPrint, from a page with text and the corners."""
    from weasyprint import HTML  # noqa: PLC0415 -- a second to import

    css = "@page{size:76.8pt 96pt;margin:0}body{margin:0}i{position:absolute;width:50%;height:50%}"
    places = zip(("0;left:0", "0;left:50%", "50%;left:0", "50%;left:50%"), CORNERS, strict=True)
    tiles = "".join(f'<i style="top:{place};background:rgb{colour}"></i>' for place, colour in places)
    written: bytes = HTML(string=f"<html lang=fr><style>{css}</style><title>Carte</title>{tiles}").write_pdf()
    return written


def attached() -> bytes:
    """With a programme and a page attached."""
    with pikepdf.open(io.BytesIO(one())) as document:
        document.attachments["virus.exe"] = b"MZ" + bytes(4000)
        document.attachments["page.html"] = b"<script>alert(1)</script>"
        written = io.BytesIO()
        document.save(written)
        return written.getvalue()


def updated() -> bytes:
    """Saved twice, the second time by adding behind the first end."""
    data = one()
    at = len(data)
    body = b"1 0 obj\n<</Type/Catalog/Pages 2 0 R/Lang(fr)>>\nendobj\n"
    table = b"xref\n1 1\n%010d 00000 n \n" % at
    previous = data.rindex(b"xref\n0")
    end = b"trailer<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (previous, at + len(body))
    return data + body + table + end


def looping() -> bytes:
    """A tree of pages that is its own branch."""
    pdf = Pdf()
    pdf.page(LITTLE)
    return pdf.written(tree=b"<</Type/Pages/Count 3/Kids[2 0 R 2 0 R 2 0 R]>>")


def boasting() -> bytes:
    """A tree that says it holds two billion pages, and names the same one a thousand times."""
    pdf = Pdf()
    pdf.page(LITTLE)
    kids = b"%d 0 R " % pdf.kids[0] * 1_000
    return pdf.written(tree=b"<</Type/Pages/Count 2147483647/Kids[" + kids + b"]>>")


def bomb(side: int) -> bytes:
    """A picture that says it has so many pixels each way, deflated to nothing much."""
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB"
    pdf = Pdf()
    drawn = pdf.stream(zeros(100 * MEGA), entries % (side, side) + b"/Filter/FlateDecode")
    pdf.page(LITTLE, b"q 76.8 0 0 96 0 0 cm /I Do Q", b"/Resources<</XObject<</I %d 0 R>>>>" % drawn)
    return pdf.written()


def written_text() -> bytes:
    text = b" BT /F 8 Tf 0 g 5 48 Td (RUE DES LILAS) Tj ET"
    font = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    return one(entries=font, drawn=drawn_corners(*LITTLE) + text)


def turned_page() -> bytes:
    """Drawn lying, shown upright by a quarter turn: the corners are those of the drawing, turned."""
    picture = corners().transpose(Image.Transpose.ROTATE_90)
    pdf = Pdf()
    entries = b"/Type/XObject/Subtype/Image/Width 400/Height 320/BitsPerComponent 8/ColorSpace/DeviceRGB"
    drawn = pdf.stream(encoded(picture), entries + b"/Filter/DCTDecode")
    page = b"/Rotate 90/Resources<</XObject<</I %d 0 R>>>>" % drawn
    pdf.page((96.0, 76.8), b"q 96 0 0 76.8 0 0 cm /I Do Q", page)
    return pdf.written()


def cropped() -> bytes:
    """A whole sheet of which a corner shows."""
    return one(entries=b"/CropBox[0 0 76.8 96]", size=A4, drawn=drawn_corners(*LITTLE))


def in_photo(width: float, height: float) -> bytes:
    """A page measured in pixels at 300 dpi, as heavy as the floor asks."""
    return sheets((width * PX, height * PX), weight=FLOOR)


def action(script: bytes) -> bytes:
    return b"/OpenAction<</S" + script + b">>"


SHEET_PX = "2 550 × 3 510 (21,6 × 29,7 cm à 300 points par pouce)"
PHOTO_PX = "212 × 271"
# Four inks without a profile, as a press lays them: what PDF readers show, paler than plain arithmetic.
PRINTED = ((212, 57, 53), (22, 127, 87), (67, 73, 135), (234, 200, 49))
BLANK = ((255, 255, 255),) * 4


def too_many(found: int | str, allowed: int) -> object:
    return fault(PieceFault.TOO_MANY_PAGES, f"{found}", f"{allowed}")


MILLIONS = fault(PieceFault.TOO_COMPLEX, "900 millions de pixels", "35,8 millions de pixels")


def too_large(found: str) -> object:
    return fault(PieceFault.TOO_LARGE, found, SHEET_PX)


LAWFUL = [
    pdf_case("drawn in colours", one),
    pdf_case("drawn in colours, as a photo", lambda: sheets(LITTLE, weight=FLOOR), PHOTO),
    pdf_case("with a text", written_text),
    pdf_case("one picture in colours, of a scanner", scanned),
    pdf_case("one picture of four inks", partial(scanned, mode="CMYK"), colours=PRINTED),
    pdf_case("one picture in JPEG 2000", partial(scanned, "JPEG2000")),
    pdf_case("of Pillow", saved_by_pillow),
    pdf_case("of WeasyPrint", printed),
    pdf_case(
        "objects in streams (qpdf)", lambda: rewritten(object_stream_mode=pikepdf.ObjectStreamMode.generate)
    ),
    pdf_case("linearised (qpdf)", lambda: rewritten(linearize=True)),
    pdf_case("version 1.3", lambda: one().replace(b"%PDF-1.7", b"%PDF-1.3")),
    pdf_case("version 2.0", lambda: one().replace(b"%PDF-1.7", b"%PDF-2.0")),
    pdf_case("saved twice", updated),
    pdf_case("lines ended as on a Mac of old", lambda: one() + b"\r\r\r"),
    pdf_case("a quarter turn", turned_page),
    pdf_case("cropped", cropped),
    pdf_case("blank", lambda: one(drawn=b" "), colours=BLANK),
    pdf_case("four pages for an ID", lambda: sheets(*[LITTLE] * 4), pages=4),
    pdf_case("an A4 page", lambda: one(size=A4)),
    pdf_case("an A4 page, lying", lambda: one(size=A4[::-1])),
    pdf_case("a Letter page", lambda: one(size=(612, 792))),
    pdf_case("a page as large as can be", lambda: one(size=SHEET)),
    pdf_case("a photo as small as can be", partial(in_photo, 212, 271), PHOTO),
    pdf_case("a script when it opens", lambda: one(action(b"/JavaScript/JS(app.alert\\(1\\))"))),
    pdf_case("a programme started when it opens", lambda: one(action(b"/Launch/F(calc.exe)"))),
    pdf_case("an address called when it opens", lambda: one(action(b"/URI/URI(http://example.org/)"))),
    pdf_case("files attached", attached),
    pdf_case("a form that scripts (XFA)", lambda: one(b"/AcroForm<</Fields[]/XFA(<xdp/>)>>")),
    pdf_case("closed to changes, open to readers", lambda: locked("")),
    pdf_case("a unit of 100 points, which no program here heeds", lambda: one(entries=b"/UserUnit 100")),
]

CUT = {
    "after its first line": lambda data: data[:9],
    "in the middle": lambda data: data[: len(data) // 2],
    "before its table": lambda data: data[: data.rindex(b"xref\n0")],
    "before its end": lambda data: data[: data.rindex(b"%%EOF")],
}


def cut(place: str) -> bytes:
    return CUT[place](scanned())


REFUSED = [
    *(refused(f"cut {place}", partial(cut, place), TRUNCATED) for place in CUT),
    refused(
        "two pages for a photo", lambda: sheets(LITTLE, LITTLE, weight=FLOOR), too_many(2, 1), door=PHOTO
    ),
    refused("five pages for an ID", lambda: sheets(*[LITTLE] * 5), too_many(5, 4)),
    refused("500 pages", lambda: sheets(*[LITTLE] * 500), too_many(500, 4)),
    refused("500 pages for a photo", lambda: sheets(*[LITTLE] * 500), too_many(500, 1), door=PHOTO),
    refused("no page", lambda: Pdf().written(), fault(PieceFault.EMPTY, "0 page")),
    refused("pages that are their own branch", looping, UNREADABLE),
    refused("two billion pages", boasting, too_many("1 000", 4)),
    refused("bomb of 30 000 by 30 000 pixels", partial(bomb, 30_000), MILLIONS),
    refused("nothing but a header and an end", lambda: b"%PDF-1.7\n%%EOF\n", UNREADABLE),
    refused(
        "noise between a header and an end",
        lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"\n%%EOF\n",
        UNREADABLE,
    ),
    refused(
        "a photo 211 pixels wide",
        partial(in_photo, 211, 271),
        fault(PieceFault.TOO_SMALL, "211 × 271", PHOTO_PX),
        door=PHOTO,
    ),
    refused(
        "a photo 270 pixels high",
        partial(in_photo, 212, 270),
        fault(PieceFault.TOO_SMALL, "212 × 270", PHOTO_PX),
        door=PHOTO,
    ),
    refused("a page a pixel too wide", lambda: one(size=(2551 * PX, 3510 * PX)), too_large("2 551 × 3 510")),
    refused("a page a pixel too high", lambda: one(size=(2550 * PX, 3511 * PX)), too_large("2 550 × 3 511")),
    refused(
        "a photo a pixel too wide", partial(in_photo, 2551, 3510), too_large("2 551 × 3 510"), door=PHOTO
    ),
    refused("an A3 page", lambda: one(size=(841.89, 1190.55)), too_large("3 508 × 4 961")),
    refused(
        "a page of a kilometre",
        lambda: one(size=(KILOMETRE, KILOMETRE), drawn=b" "),
        too_large("11 811 000 × 11 811 000"),
    ),
    refused(
        "the fourth page of a kilometre",
        lambda: sheets(LITTLE, LITTLE, LITTLE, (KILOMETRE, 96.0)),
        too_large("11 811 000 × 400"),
    ),
    refused("locked by a word", lambda: locked("secret"), ENCRYPTED),
    refused("locked by a word, as long ago", lambda: locked_as_long_ago("secret"), ENCRYPTED),
    Case(
        "CFE photo, PDF",
        lambda: sheets(LITTLE),
        CFE_PHOTO,
        (fault(PieceFault.FORMAT_PDF, "un document PDF", "JPEG et PNG"),),
        **NAMED,
    ),
]

CASES = [*LAWFUL, *REFUSED]
