"""Draw the pages of a PDF: run as a program of its own, so that what goes wrong in here stays in here (P3).

Takes the file on standard input and its orders as JSON in the first argument. Gives a line of JSON on the
document, then a line and the pixels (blue, green, red) of each page. Nothing of the portal is imported.
"""

import ctypes
import json
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

POINTS_PER_INCH = 72
DPI = 300  # what a page is measured at (section 2)
WHITE = 0xFFFFFFFF
NESTING_MAX = 4  # levels of pictures within forms that are looked at
OUT_OF_MEMORY = 3  # exit status


def confine(memory: int, seconds: int) -> None:
    """Bound memory (bytes) and processor time, forbid files, children and cores."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))


def say(**facts: Any) -> None:
    """Give a line of JSON."""
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")
    sys.stdout.buffer.flush()


def measured(document: Any, rank: int) -> tuple[int, int]:
    """Give width and height of a page in px at 300 dpi, once turned as it says; 0 when it is broken."""
    size = pdfium.FS_SIZEF()
    pdfium.FPDF_GetPageSizeByIndexF(document, rank, size)
    return round(size.width * DPI / POINTS_PER_INCH), round(size.height * DPI / POINTS_PER_INCH)


def images(count: Any, get: Any, holder: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the pictures a page or a form draws."""
    for rank in range(count(holder)):
        item = get(holder, rank)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            yield item
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < NESTING_MAX:
            yield from images(pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, item, depth + 1)


def area(image: Any) -> int:
    """Give the pixels of a picture."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(image, width, height)
    return width.value * height.value


def draw(form: Any, page: Any, width: int, height: int) -> tuple[int, bytes]:
    """Draw a page on white, its fields as filled; give the length of a row in bytes, and the rows."""
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, None, 0)
    if not bitmap:
        raise MemoryError
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
    pdfium.FPDF_FFLDraw(form, bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    rows = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    pdfium.FPDFBitmap_Destroy(bitmap)
    return stride, rows


def give(opened: tuple[Any, Any], rank: int, size: tuple[int, int], orders: dict[str, int]) -> bool:
    """Give a page; False when it cannot be read, or draws a picture of too many pixels: that is told."""
    document, form = opened
    page = pdfium.FPDF_LoadPage(document, rank)
    if not page:
        say(fault="unreadable")
        return False
    pixels = max(map(area, images(pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, page)), default=0)
    if pixels > orders["pixels_max"]:
        say(fault="too_complex", pixels=pixels)
        return False
    scale = min(1, orders["long_side"] / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    stride, rows = draw(form, page, width, height)
    say(width=width, height=height, stride=stride)
    sys.stdout.buffer.write(rows)
    pdfium.FPDF_ClosePage(page)
    return True


def main(orders: dict[str, int]) -> None:
    """Say what the document is, then give its pages while nothing is wrong with it."""
    data = sys.stdin.buffer.read()
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        locked = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        say(fault="encrypted" if locked else "unreadable")
        return
    count = pdfium.FPDF_GetPageCount(document)
    sizes = [measured(document, rank) for rank in range(min(count, orders["pages_max"]))]
    say(pages=count, sizes=sizes)
    if count > orders["pages_max"]:
        return
    # Fields show as they were filled. Nothing else of a form is there: no script runs in this library.
    form = pdfium.FPDFDOC_InitFormFillEnvironment(document, pdfium.FPDF_FORMFILLINFO(version=2))
    for rank, size in enumerate(sizes):
        if max(size) > orders["side_max"] or not give((document, form), rank, size, orders):
            break


if __name__ == "__main__":
    received = json.loads(sys.argv[1])
    confine(received["memory"], received["seconds"])
    try:
        main(received)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    sys.stdout.buffer.flush()
    os._exit(0)  # the library is not taken down: what is broken could hang there
