"""PNG: every lawful kind, and those that are cut, broken, animated, or made to cost."""

import struct
import zlib
from collections.abc import Iterator
from functools import cache, partial

from PIL import Image

from carte.faults import PieceFault
from tests.carte.fichiers.case import TRUNCATED, UNREADABLE, Case, corner_case, fault
from tests.carte.fichiers.jpegs import GREYS, IN_P3, SWAPPED, display_p3
from tests.carte.fichiers.writer import MEGA, zeros
from tests.carte.pictures import (
    CORNERS,
    WHITE,
    chunk,
    corners,
    encoded,
    exif,
    plain,
    raw_png,
    swapped_profile,
    turned,
    with_chunks,
)

START = b"\x89PNG\r\n\x1a\n"
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
LAID_ON_WHITE = (*CORNERS[:3], WHITE)
GREY_LAID_ON_WHITE = (*GREYS[:3], WHITE)
INKS = tuple((shade, shade, shade) for shade in (0, 255, 255, 0))


@cache
def png(mode: str = "RGB") -> bytes:
    return encoded(corners().convert(mode), "PNG")


def glass(mode: str = "RGBA") -> bytes:
    """The last corner is transparent, whatever colour lies under it."""
    image = corners().convert("RGBA")
    image.paste((0, 0, 0, 0), (160, 200, 320, 400))
    return encoded(image.convert(mode), "PNG")


def palette(*, clear: bool = False) -> bytes:
    """Four colours and their ranks; the last may be declared transparent."""
    image = Image.new("P", (320, 400))
    image.putpalette([sample for colour in CORNERS for sample in colour])
    for rank in range(4):
        left, top = rank % 2 * 160, rank // 2 * 200
        image.paste(rank, (left, top, left + 160, top + 200))
    return encoded(image, "PNG", **({"transparency": 3} if clear else {}))


def by_hand(kind: int, depth: int, bands: str, *, interlaced: bool = False, extra: bytes = b"") -> bytes:
    """The corners as colour type ``kind``, from the bands of a mode, at 8 or 16 bits."""
    image = corners().convert(bands)
    rows = [b"\0" + row for row in interlaced_rows(image, depth)] if interlaced else rows_of(image, depth)
    header = struct.pack(">IIBBBBB", *image.size, depth, kind, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return START + body + chunk(b"IEND", b"")


def row_of(image: Image.Image, depth: int) -> bytes:
    raw = image.tobytes()
    return raw if depth == 8 else b"".join(bytes((value, value)) for value in raw)


def rows_of(image: Image.Image, depth: int) -> Iterator[bytes]:
    for top in range(image.height):
        yield b"\0" + row_of(image.crop((0, top, image.width, top + 1)), depth)


def interlaced_rows(image: Image.Image, depth: int) -> Iterator[bytes]:
    """The rows of the seven passes, one after the other."""
    wide = len(image.getbands()) * depth // 8
    for left, top, right, down in ADAM7:
        for line in range(top, image.height, down):
            row = row_of(image.crop((0, line, image.width, line + 1)), depth)
            yield b"".join(row[at * wide : (at + 1) * wide] for at in range(left, image.width, right))


def few_bits(depth: int) -> bytes:
    """Black and white halves, as grey of 1, 2 or 4 bits."""
    half = 320 * depth // 16
    dark, light = bytes(half), b"\xff" * half
    rows = (b"\0" + dark + light) * 200 + (b"\0" + light + dark) * 200
    header = struct.pack(">IIBBBBB", 320, 400, depth, 0, 0, 0, 0)
    return START + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def cut_into(pieces: int) -> bytes:
    """The pixels spread over many chunks."""
    body = zlib.compress(b"".join(rows_of(corners(), 8)))
    step = -(-len(body) // pieces)
    parts = (chunk(b"IDAT", body[at : at + step]) for at in range(0, len(body), step))
    header = struct.pack(">IIBBBBB", 320, 400, 8, 2, 0, 0, 0)
    return START + chunk(b"IHDR", header) + b"".join(parts) + chunk(b"IEND", b"")


def animated(frames: int) -> bytes:
    shades = [Image.new("RGB", (300, 300), (shade, 0, 0)) for shade in range(frames)]
    return encoded(shades[0], "PNG", save_all=True, append_images=shades[1:])


def with_body(body: bytes, size: tuple[int, int] = (300, 300)) -> bytes:
    """A grey PNG whose pixels are these deflated bytes."""
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    return START + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb(kind: bytes, opening: bytes, *, at_end: bool = False) -> bytes:
    """A chunk that weighs 100 MB once inflated."""
    return with_chunks(png(), chunk(kind, opening + zeros(100 * MEGA)), at_end=at_end)


LAWFUL = [
    corner_case("PNG, colours", png),
    corner_case("PNG, grey", partial(png, "L"), colours=GREYS),
    corner_case("PNG, colours at 16 bits", partial(by_hand, 2, 16, "RGB")),
    corner_case("PNG, grey at 16 bits", partial(by_hand, 0, 16, "L"), colours=GREYS),
    corner_case("PNG, grey and transparency at 16 bits", partial(by_hand, 4, 16, "LA"), colours=GREYS),
    corner_case("PNG, colours and transparency at 16 bits", partial(by_hand, 6, 16, "RGBA")),
    corner_case("PNG, interlaced", partial(by_hand, 2, 8, "RGB", interlaced=True)),
    corner_case(
        "PNG, interlaced at 16 bits with transparency", partial(by_hand, 6, 16, "RGBA", interlaced=True)
    ),
    corner_case("PNG, interlaced grey", partial(by_hand, 0, 8, "L", interlaced=True), colours=GREYS),
    corner_case("PNG, transparent where a corner was", glass, colours=LAID_ON_WHITE),
    corner_case(
        "PNG, grey, transparent where a corner was", partial(glass, "LA"), colours=GREY_LAID_ON_WHITE
    ),
    corner_case(
        "PNG, one colour declared transparent",
        partial(by_hand, 2, 8, "RGB", extra=chunk(b"tRNS", struct.pack(">3H", *CORNERS[3]))),
        colours=LAID_ON_WHITE,
    ),
    corner_case(
        "PNG, one colour of 16 bits declared transparent",
        partial(
            by_hand,
            2,
            16,
            "RGB",
            extra=chunk(b"tRNS", struct.pack(">3H", *(257 * one for one in CORNERS[3]))),
        ),
        colours=LAID_ON_WHITE,
    ),
    corner_case("PNG, palette", palette),
    corner_case(
        "PNG, palette with a transparent colour", partial(palette, clear=True), colours=LAID_ON_WHITE
    ),
    *(
        corner_case(f"PNG, grey of {depth} bits", partial(few_bits, depth), colours=INKS)
        for depth in (1, 2, 4)
    ),
    corner_case("PNG, pixels in 1 000 chunks", partial(cut_into, 1_000)),
    corner_case("PNG, orientation 6", partial(turned, 6, "PNG")),
    corner_case("PNG, place and camera within", lambda: encoded(corners(), "PNG", exif=exif().tobytes())),
    corner_case(
        "PNG, profile that swaps red and green",
        lambda: encoded(corners(), "PNG", icc_profile=swapped_profile()),
        colours=SWAPPED,
    ),
    corner_case(
        "PNG, profile of a phone (Display P3)",
        lambda: encoded(corners(), "PNG", icc_profile=display_p3()),
        colours=IN_P3,
    ),
    corner_case("PNG, profile of 100 MB once inflated", partial(bomb, b"iCCP", b"p\0\0")),
    corner_case("PNG, text of 100 MB once inflated", partial(bomb, b"zTXt", b"k\0\0")),
    corner_case(
        "PNG, text of 100 MB once inflated, after the pixels", partial(bomb, b"zTXt", b"k\0\0", at_end=True)
    ),
    corner_case("PNG, text in a language of 100 MB once inflated", partial(bomb, b"iTXt", b"k\0\1\0\0\0")),
    corner_case(
        "PNG, EXIF block of 100 MB once inflated", partial(bomb, b"zTXt", b"Raw profile type exif\0\0")
    ),
    corner_case(
        "PNG, EXIF block of 1,9 MB",
        lambda: with_chunks(png(), chunk(b"eXIf", exif().tobytes() + bytes(1_900_000))),
    ),
    corner_case("PNG, 1 800 texts", lambda: with_chunks(png(), chunk(b"tEXt", b"k\0" + bytes(1000)) * 1_800)),
    Case(
        "PNG, 100 MB of pixels behind a small header", lambda: with_body(zeros(100 * MEGA)), size=(300, 300)
    ),
    # Whole as files go: what is missing is black, which its author and the agent see.
    Case(
        "PNG, half of its pixels, ended as it should",
        lambda: with_body(zlib.compress((b"\0" + b"\xff" * 300) * 150)),
        size=(300, 300),
    ),
    corner_case("PNG, a script behind its end", lambda: png() + b"<script>alert(1)</script>"),
    corner_case(
        "PNG, a script in a chunk of its own",
        lambda: with_chunks(png(), chunk(b"tEXt", b"k\0<script>alert(1)</script>")),
    ),
]

CUT = {
    "in its first bytes": lambda data: data[:8],
    "in its header": lambda data: data[:25],
    "before its pixels": lambda data: data[:33],
    "in its pixels": lambda data: data[: len(data) // 2],
    "before its end": lambda data: data[:-12],
    "one byte before its end": lambda data: data[:-1],
}
BLOCKS = fault(PieceFault.TOO_COMPLEX, "plus de 10 000 blocs", "10 000")


def cut(place: str) -> bytes:
    return CUT[place](png())


REFUSED = [
    *(Case(f"PNG, cut {place}", partial(cut, place), faults=(TRUNCATED,)) for place in CUT),
    Case("PNG, a wrong sum", lambda: png()[:60] + b"\xff" + png()[61:], faults=(UNREADABLE,)),
    Case("PNG, pixels that are not deflated", lambda: with_body(b"abcdefgh"), faults=(UNREADABLE,)),
    Case("PNG, a mode that does not exist", lambda: raw_png(7, 2, b"\0"), faults=(UNREADABLE,)),
    Case("PNG, nothing but an end", lambda: START + chunk(b"IEND", b""), faults=(UNREADABLE,)),
    Case(
        "PNG, 100 000 empty texts",
        lambda: with_chunks(plain(300, 300, "PNG"), chunk(b"tEXt", b"") * 100_000),
        faults=(BLOCKS,),
    ),
    *(
        Case(
            f"PNG, animated, {frames} pictures",
            partial(animated, frames),
            faults=(fault(PieceFault.ANIMATED, str(frames), "1"),),
        )
        for frames in (2, 12)
    ),
    Case(
        "PNG, bomb of 60 000 by 60 000 pixels",
        lambda: with_body(zeros(100 * MEGA), (60_000, 60_000)),
        faults=(fault(PieceFault.TOO_LARGE, "60 000 × 60 000", "5 100 × 7 020"),),
    ),
]

CASES = [*LAWFUL, *REFUSED]
