"""Pictures made for the tests: known colours, known sizes, and files wrong in one known way."""

import io
import struct
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageCms, ImageDraw

from carte.faults import PieceFault
from carte.images import Limits, Picture, PictureRefused, Sheet, read

RED, GREEN, BLUE, YELLOW = (220, 20, 30), (20, 160, 40), (30, 40, 200), (230, 210, 20)
CORNERS = (RED, GREEN, BLUE, YELLOW)  # top left, top right, bottom left, bottom right
WHITE = (255, 255, 255)
FORMATS = ("JPEG", "PNG")
GPS_IFD, CAMERA_TAG, ORIENTATION_TAG = 0x8825, 0x0110, 0x0112

# How to store an upright picture so that a reader that obeys the tag shows it upright again.
STORED_TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

ANY = Limits(("JPEG", "PNG"), None, 2_097_152, None, None)
PHOTO = Limits(("JPEG", "PNG"), 50_000, 2_097_152, (212, 271), (5100, 7020))


def taken(data: bytes, limits: Limits = ANY, long_side: int = 2000) -> Picture:
    return read(data, limits=limits, long_side=long_side)


def stored(data: bytes, limits: Limits = ANY, long_side: int = 2000) -> Sheet:
    """The one page that is stored."""
    (page,) = taken(data, limits, long_side).pages
    return page


def faults(data: bytes, limits: Limits = ANY) -> list[PieceFault]:
    try:
        taken(data, limits)
    except PictureRefused as refusal:
        return [fault.code for fault in refusal.faults]
    return []


def sentences(data: bytes, limits: Limits = ANY) -> list[str]:
    with pytest.raises(PictureRefused) as refusal:
        taken(data, limits)
    return [fault.sentence.replace("\u00a0", " ") for fault in refusal.value.faults]


def corners(width: int = 320, height: int = 400) -> Image.Image:
    """Four quarters, each of its colour."""
    image = Image.new("RGB", (width, height))
    for rank, colour in enumerate(CORNERS):
        left, top = (rank % 2) * width // 2, (rank // 2) * height // 2
        ImageDraw.Draw(image).rectangle((left, top, left + width // 2, top + height // 2), fill=colour)
    return image


def encoded(image: Image.Image, name: str = "JPEG", **options: object) -> bytes:
    """Bytes of the picture in the format named."""
    written = io.BytesIO()
    image.save(written, name, **({"quality": 95, "subsampling": 0} if name == "JPEG" else {}) | options)
    return written.getvalue()


def plain(width: int, height: int, name: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """A picture of one grey."""
    return encoded(
        Image.new(mode, (width, height), 128 if mode in ("1", "L") else (128, 128, 128)), name, **options
    )


def padded(data: bytes, size: int) -> bytes:
    """The same file, brought to a weight in bytes by zeros behind its end."""
    return data.ljust(size, b"\0")


def exif(orientation: int = 1) -> Image.Exif:
    """Orientation, camera and place, as a phone writes them."""
    tags = Image.Exif()
    tags[ORIENTATION_TAG] = orientation
    tags[CAMERA_TAG] = "Secret camera"
    tags[GPS_IFD] = {1: "N", 2: (48.0, 51.0, 24.0)}
    return tags


def turned(orientation: int, name: str) -> bytes:
    """The four corners as a camera held otherwise stores them."""
    method = STORED_TURNED[orientation]
    image = corners() if method is None else corners().transpose(method)
    return encoded(image, name, exif=exif(orientation).tobytes())


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with segments put right after its start."""
    return data[:2] + b"".join(segments) + data[2:]


def without_segments(data: bytes, marker: int) -> bytes:
    """A JPEG whose header lost the segments with this marker."""
    kept, position = data[:2], 2
    while data[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
        kept += b"" if data[position + 1] == marker else data[position:end]
        position = end
    return kept + data[position:]


def with_scans(data: bytes, scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are so many."""
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:end] + data[last:end] * (scans - data.count(b"\xff\xda")) + data[end:]


def raw_header(data: bytes, size: bytes) -> bytes:
    """A PNG whose header says another size: width and height on 4 bytes each."""
    return data[:8] + chunk(b"IHDR", size + data[24:29]) + data[33:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk with its sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(depth: int, kind: int, row: bytes, *chunks: bytes, size: tuple[int, int] = (300, 300)) -> bytes:
    """A PNG written by hand, every row the same; ``kind`` is the colour type."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row) * size[1])
    body = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def with_chunks(data: bytes, *chunks: bytes, at_end: bool = False) -> bytes:
    """A PNG with chunks put after its header, or before its end."""
    cut = len(data) - 12 if at_end else 33
    return data[:cut] + b"".join(chunks) + data[cut:]


def swapped_profile() -> bytes:
    """A sane RGB profile that takes red for green: whoever ignores it shows other colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    table = 132
    entries = {
        profile[at : at + 4]: at for at in range(table, table + 12 * int.from_bytes(profile[128:132]), 12)
    }
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    renamed = bytearray(profile)
    renamed[red : red + 4], renamed[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(renamed)


def colours_at_corners(data: bytes) -> Iterator[tuple[int, ...]]:
    """Colours an eighth of the way in from each corner, in the order of ``CORNERS``."""
    image = Image.open(io.BytesIO(data))
    for top in (1, 7):
        for left in (1, 7):
            yield image.getpixel((image.width * left // 8, image.height * top // 8))
