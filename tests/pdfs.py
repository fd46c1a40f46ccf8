"""What a PDF says and declares, read with libraries other than the one that wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pypdfium2 import PdfDocument, PdfPage

MM = 25.4 / 72


@dataclass(frozen=True)
class Words:
    """A piece of a line and where it stands, in millimetres from the top left corner of the page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, left: float, top: float, right: float, bottom: float) -> bool:
        return self.left < right and self.right > left and self.top < bottom and self.bottom > top

    def within(self, left: float, top: float, right: float, bottom: float) -> bool:
        return self.left >= left and self.right <= right and self.top >= top and self.bottom <= bottom


def texts(pdf: bytes) -> list[str]:
    """The text of each page, in the order it was written, one space for any white."""
    with PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def words(pdf: bytes, page: int) -> list[Words]:
    with PdfDocument(pdf) as document:
        return list(_words(document[page]))


def _words(page: PdfPage) -> Iterator[Words]:
    height, text = page.get_height(), page.get_textpage()
    for index in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(index)
        said = text.get_text_bounded(left, bottom, right, top).strip()
        yield Words(said, left * MM, (height - top) * MM, right * MM, (height - bottom) * MM)


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(pdf))


def tags(document: pikepdf.Pdf) -> list[tuple[str, str]]:
    """The kinds of the structure tree in reading order, each with its alternative text."""
    return list(_tags(document.Root.StructTreeRoot.K))


def _tags(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from _tags(kid)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield str(node.S)[1:], str(node.get("/Alt", ""))
        yield from _tags(node.get("/K", pikepdf.Array()))


def fields(document: pikepdf.Pdf) -> list[tuple[str, str]]:
    """The kind of each field one can fill in, and the name a screen reader gives it."""
    form = document.Root.get("/AcroForm", pikepdf.Dictionary(Fields=[]))
    return [(str(field.FT), str(field.TU)) for field in form.Fields]


def fonts(document: pikepdf.Pdf) -> dict[str, bool]:
    """The name of each font, less the mark of a subset, and whether its outlines are in the file."""
    descriptors = [
        item
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
    ]
    return {str(item.FontName).split("+")[-1].lstrip("/"): "/FontFile2" in item for item in descriptors}
