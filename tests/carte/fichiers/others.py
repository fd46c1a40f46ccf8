"""Files of other types under the name of a photo, and files that are two things at once."""

import io
import zipfile
from collections.abc import Callable
from functools import partial

from PIL import Image

from carte.faults import PieceFault
from tests.carte.fichiers.case import (
    CFE_IDENTITE,
    CFE_PHOTO,
    IDENTITE,
    TRUNCATED,
    UNREADABLE,
    Case,
    Door,
    corner_case,
    fault,
)
from tests.carte.fichiers.jpegs import jpeg
from tests.carte.fichiers.pdfs import one as pdf
from tests.carte.fichiers.pngs import png
from tests.carte.pictures import corners, encoded, plain, segment, with_segments

SCRIPT = b"<script>fetch('/')</script>"
HTML = b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"
FTYP = {"HEIC": b"heic", "HEIF": b"mif1", "AVIF": b"avif", "MP4": b"isom", "MOV": b"qt  "}
ALLOWED = {CFE_PHOTO: "JPEG et PNG", IDENTITE: "JPEG, PNG et PDF"}
FLOOR = 50_000
DATE = (2026, 11, 21, 0, 0, 0)


def zipped(**files: bytes) -> bytes:
    """A ZIP archive, its dates fixed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", "/"), DATE), body)
    return written.getvalue()


def word() -> bytes:
    types = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    )
    return zipped(**{"[Content_Types].xml": types, "_rels__.rels": b"<a/>", "word__document.xml": b"<a/>"})


def open_document() -> bytes:
    return zipped(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": b"<a/>"})


def boxed(name: str) -> bytes:
    """What tells a film or a picture of that family: its first box."""
    brand = FTYP[name]
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"isom" + bytes(2000)


def executable() -> bytes:
    """The head of a Windows programme."""
    dos = b"MZ\x90\0" + bytes(56) + (128).to_bytes(4, "little") + bytes(64)
    return dos + b"PE\0\0" + b"\x4c\x01\x01\0" + bytes(12) + b"\xe0\0\x02\x01\x0b\x01" + bytes(2000)


def other(name: str, make: Callable[[], bytes], found: str, door: Door = CFE_PHOTO) -> Case:
    code = PieceFault.FORMAT_HEIC if found == "une image HEIC" else PieceFault.FORMAT
    return Case(f"{name}, named .jpg", make, door, (fault(code, found, ALLOWED[door]),))


UNKNOWN = "d’un type que nous ne connaissons pas"
TYPES = [
    other("HTML", lambda: HTML, "une page web"),
    other("HTML for an ID", lambda: HTML + b" " * FLOOR, "une page web", IDENTITE),
    other("SVG", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", "un dessin SVG"),
    other(
        "SVG behind an XML header",
        lambda: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "un dessin SVG",
    ),
    other("Windows programme", executable, UNKNOWN),
    other(
        "Linux programme",
        lambda: b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0\x01" + bytes(2000),
        UNKNOWN,
    ),
    other("shell script", lambda: b"#!/bin/sh\nrm -r /\n", "un fichier texte"),
    other("ZIP", lambda: zipped(a=b"a"), "une archive ZIP"),
    other("Word", word, "un document Word"),
    other("OpenDocument", open_document, "un document texte"),
    other("Word of old", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), UNKNOWN),
    other("GIF", partial(plain, 300, 300, "GIF", "L"), "une image GIF"),
    other(
        "GIF, animated",
        lambda: encoded(corners(), "GIF", save_all=True, append_images=[corners().rotate(90)]),
        "une image GIF",
    ),
    other("WebP", partial(plain, 300, 300, "WEBP"), "une image WebP"),
    other("TIFF", partial(plain, 300, 300, "TIFF"), "une image TIFF"),
    other(
        "TIFF of two pages",
        lambda: encoded(corners(), "TIFF", save_all=True, append_images=[corners()]),
        "une image TIFF",
    ),
    other("BMP", partial(plain, 300, 300, "BMP"), "une image BMP"),
    other("HEIC", partial(boxed, "HEIC"), "une image HEIC"),
    other("HEIF", partial(boxed, "HEIF"), "une image HEIC"),
    other("HEIC for an ID", lambda: boxed("HEIC") + bytes(FLOOR), "une image HEIC", IDENTITE),
    other("AVIF", partial(boxed, "AVIF"), "une image AVIF"),
    other("JPEG 2000", partial(plain, 300, 300, "JPEG2000"), "une image JPEG 2000"),
    other("icon", partial(plain, 64, 64, "ICO"), "une image d’un autre format"),
    other("MP4", partial(boxed, "MP4"), "une vidéo"),
    other("MOV", partial(boxed, "MOV"), "une vidéo"),
    other(
        "MP3",
        lambda: b"ID3\x03\0\0\0\0\0\x00" + b"\xff\xfb\x90\x64" + bytes(2000),
        "un enregistrement sonore",
    ),
    other("text", "Ma photo d’identité".encode, "un fichier texte"),
    other("JSON", lambda: b'{"a": [1, 2, 3]}', UNKNOWN),
    other("zeros", lambda: bytes(2000), UNKNOWN),
    other("one byte", lambda: b"\xff", UNKNOWN),
    other("the first two bytes of a JPEG", lambda: b"\xff\xd8", "un fichier texte"),
]


def two_in_one(name: str, make: Callable[[], bytes], **fields: object) -> Case:
    return corner_case(f"polyglot, {name}", make, **fields)


def gifar() -> bytes:
    return encoded(Image.new("L", (300, 300)), "GIF") + zipped(
        **{"META-INF__MANIFEST.MF": b"Main-Class: A\n"}
    )


POLYGLOTS = [
    two_in_one("JPEG with a ZIP behind", lambda: jpeg() + zipped(a=SCRIPT)),
    two_in_one("JPEG with a page behind", lambda: jpeg() + HTML),
    two_in_one("JPEG with a page in a comment", lambda: with_segments(jpeg(), segment(0xFE, HTML))),
    two_in_one(
        "JPEG with a page in its EXIF block", lambda: with_segments(jpeg(), segment(0xE1, b"Exif\0\0" + HTML))
    ),
    two_in_one(
        "JPEG with a PHP page in a block of its own",
        lambda: with_segments(jpeg(), segment(0xED, b"<?php echo 1 ?>")),
    ),
    two_in_one("JPEG with a PDF behind", lambda: jpeg() + pdf()),
    two_in_one("JPEG with a PDF in a comment", lambda: with_segments(jpeg(), segment(0xFE, pdf()))),
    two_in_one(
        "JPEG with a Java archive behind",
        lambda: jpeg() + zipped(**{"META-INF__MANIFEST.MF": b"Main-Class: A\n"}),
    ),
    two_in_one(
        "JPEG with a second JPEG behind", lambda: jpeg() + encoded(Image.new("RGB", (300, 300), "red"))
    ),
    two_in_one("PNG with a ZIP behind", lambda: png() + zipped(a=SCRIPT)),
    two_in_one("PNG with a JPEG behind", lambda: png() + jpeg()),
    two_in_one("PDF with a JPEG behind", lambda: pdf() + jpeg()[:900], door=CFE_IDENTITE, size=None),
    Case(
        "polyglot, GIF with a Java archive behind",
        gifar,
        faults=(fault(PieceFault.FORMAT, "une image GIF", "JPEG et PNG"),),
    ),
    Case(
        "polyglot, page with a JPEG behind",
        lambda: HTML + jpeg(),
        faults=(fault(PieceFault.FORMAT, UNKNOWN, "JPEG et PNG"),),
    ),
    Case(
        "polyglot, ZIP with a JPEG behind",
        lambda: zipped(a=b"a") + jpeg(),
        faults=(fault(PieceFault.FORMAT, "une archive ZIP", "JPEG et PNG"),),
    ),
    Case("polyglot, JPEG that starts as a PDF", lambda: b"%PDF-1.7\n" + jpeg(), CFE_IDENTITE, (TRUNCATED,)),
    Case(
        "polyglot, JPEG between the start and the end of a PDF",
        lambda: b"%PDF-1.7\n" + jpeg() + b"%%EOF",
        CFE_IDENTITE,
        (UNREADABLE,),
    ),
]

CASES = [*TYPES, *POLYGLOTS]
