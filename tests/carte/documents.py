"""PDF files made for the tests: pages of known colours and sizes, and files wrong in one known way."""

import io
import zlib
from collections.abc import Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name

from carte.images import Limits
from tests.carte.pictures import CORNERS

A4 = (595.28, 841.89)  # points
ID = Limits(("JPEG", "PNG", "PDF"), None, 2_097_152, None, None, pages_max=4)
PHOTO = Limits(("JPEG", "PNG", "PDF"), None, 2_097_152, (212, 271), (5100, 7020), pages_max=1)
MEGA = b" " * (1 << 20)


def written(pdf: pikepdf.Pdf, **options: object) -> bytes:
    stream = io.BytesIO()
    pdf.save(stream, **options)
    return stream.getvalue()


def painted(colour: Sequence[int], box: Sequence[float]) -> bytes:
    """The operators that fill a box, in points, with a colour of 0 to 255."""
    return ("{} {} {} rg {} {} {} {} re f\n".format(*(part / 255 for part in colour), *box)).encode()


def paged(*contents: bytes, size: tuple[float, float] = A4) -> pikepdf.Pdf:
    """A document of as many pages as there are contents."""
    pdf = pikepdf.new()
    for content in contents:
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *size]),
            Contents=pdf.make_stream(content),
            Resources=Dictionary(),
        )
        pdf.pages.append(pikepdf.Page(page))
    return pdf


def cornered(size: tuple[float, float] = A4) -> pikepdf.Pdf:
    """One page, each quarter of its colour, the top left first."""
    width, height = size[0] / 2, size[1] / 2
    places = ((0, height), (width, height), (0, 0), (width, 0))
    content = b"".join(
        painted(colour, (*place, width, height)) for colour, place in zip(CORNERS, places, strict=True)
    )
    return paged(content, size=size)


def blank(pages: int = 1, size: tuple[float, float] = A4) -> bytes:
    return written(paged(*[b""] * pages, size=size))


def drawn_image(width: int, height: int, pixels: bytes, **fields: object) -> bytes:
    """A page filled by one grey picture; ``pixels`` are deflated already."""
    pdf = paged(b"q 595 0 0 842 0 0 cm /I Do Q")
    image = pikepdf.Stream(pdf, b"")
    image.write(pixels, filter=Name.FlateDecode)
    facts = {"Width": width, "Height": height, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 8}
    for name, value in (facts | {"Type": Name.XObject, "Subtype": Name.Image} | fields).items():
        image[f"/{name}"] = value
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(I=image))
    return written(pdf)


def content_bomb(megas: int) -> bytes:
    """A page whose operators unpack to so many MB of spaces."""
    packed = zlib.compress(MEGA * megas, 1)
    pdf = paged(b"")
    content = pikepdf.Stream(pdf, b"")
    content.write(packed, filter=Name.FlateDecode)
    pdf.pages[0].Contents = content
    return written(pdf)


def endless() -> bytes:
    """A page that draws the whole of itself a quarter of a million times."""
    return written(paged(b"0 0 m 595 842 l 0 842 l 595 0 l b*\n" * 250_000), compress_streams=True)
