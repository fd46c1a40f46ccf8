"""JPEG and PNG files walked without decoding a pixel: size, scans, frames, and a clean stream to decode (P3).

The decoder is given only what draws. Comments, texts, previews, second pictures and what trails behind stay
here, and with them every attack that lives there. Profile and orientation are read apart, within bounds.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from carte.faults import Fault, PictureRefused, PieceFault, number

BLOCKS_MAX = 10_000  # segments or chunks; a picture of 10 MB holds some 1 300
PROFILE_MAX = 4 * 1024 * 1024  # bytes of a colour profile; the largest of printers weigh 2 or 3 MB

JPEG_START = b"\xff\xd8\xff"
JPEG_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")  # neither stuffing, nor padding, nor a restart
SOF_READ = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive; no browser draws the others
SOF_LENGTH = 6
SOF_ALL = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xDE}
EOI, SOS, APP0, APP1, APP2, APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
ASIDE = {0xD8, *range(0xE0, 0xF0), 0xFE}  # a second start, applications' own, comments
EXIF, ICC, JFIF, ADOBE = b"Exif\0\0", b"ICC_PROFILE\0", b"JFIF\0", b"Adobe"
KEPT_WHEN = {APP0: JFIF, APP14: ADOBE}

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_DRAWN = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
PNG_HEADER_LENGTH = 13

ORIENTATION_TAG = 0x0112
UPRIGHT = 1
ORIENTATIONS = range(1, 9)


@dataclass(frozen=True)
class Envelope:
    """What a file says of itself, and what of it is given to the decoder."""

    stream: bytes
    width: int  # px, as stored: before the orientation
    height: int
    orientation: int = UPRIGHT  # EXIF, 1 to 8
    profile: bytes | None = None  # ICC
    scans: int = 1
    frames: int = 1
    depth: int = 8  # bits a sample
    adobe: bool = False  # a JPEG whose four inks are stored inverted


class Segment(NamedTuple):
    """A JPEG segment: its marker, and where its content begins and ends."""

    marker: int
    start: int
    end: int


Block = TypeVar("Block")


def refused(code: PieceFault) -> PictureRefused:
    """Make the refusal for one fault that has no figures."""
    return PictureRefused(Fault(code))


def jpeg(data: bytes) -> Envelope:
    """Walk a JPEG; only its first picture counts (phones append previews). Raises ``PictureRefused``."""
    segments = _bounded(_segments(data))
    first_scan = next((index for index, segment in enumerate(segments) if segment.marker == SOS), 0)
    head = segments[:first_scan]
    height, width = struct.unpack_from(">HH", data, _frame(segments, head).start + 1)
    drawn = b"".join(data[segment.start - 4 : segment.end] for segment in head if _draws(data, segment))
    return Envelope(
        stream=b"\xff\xd8" + drawn + data[segments[first_scan].start - 4 : segments[-1].end],
        width=width,
        height=height,
        orientation=orientation(next(_contents(data, head, APP1, EXIF), b"")),
        profile=_jpeg_profile(sorted(_contents(data, head, APP2, ICC))),
        scans=sum(segment.marker == SOS for segment in segments),
        adobe=any(_contents(data, head, APP14, ADOBE)),
    )


def _segments(data: bytes) -> Iterator[Segment]:
    """Yield segments to the end of the first picture; restarts and coded data are stepped over."""
    position = 2
    while found := JPEG_MARKER.search(data, position):
        marker, start = data[found.end() - 1], found.end() + 2
        if marker == EOI:
            yield Segment(marker, found.end(), found.end())
            return
        position = found.end() + int.from_bytes(data[found.end() : start])
        if start > position:
            raise refused(PieceFault.TRUNCATED if start > len(data) else PieceFault.UNREADABLE)
        yield Segment(marker, start, position)
    raise refused(PieceFault.TRUNCATED)


def _bounded(blocks: Iterator[Block]) -> list[Block]:
    found = list(islice(blocks, BLOCKS_MAX + 1))
    if len(found) > BLOCKS_MAX:
        figures = {"found": f"plus de {number(BLOCKS_MAX)} blocs", "allowed": number(BLOCKS_MAX)}
        raise PictureRefused(Fault(PieceFault.TOO_COMPLEX, figures))
    return found


def _frame(segments: list[Segment], head: list[Segment]) -> Segment:
    """Return the one frame: two, and the decoder could draw another size than the one measured here."""
    frames = [segment for segment in segments if segment.marker in SOF_ALL]
    if len(frames) != 1 or frames[0] not in head or frames[0].marker not in SOF_READ:
        raise refused(PieceFault.UNREADABLE)
    if frames[0].end - frames[0].start < SOF_LENGTH:
        raise refused(PieceFault.UNREADABLE)
    return frames[0]


def _draws(data: bytes, segment: Segment) -> bool:
    """Tell segments the colours are drawn from; JFIF and Adobe ones say how colours are coded."""
    if segment.marker in KEPT_WHEN:
        return data.startswith(KEPT_WHEN[segment.marker], segment.start)
    return segment.marker not in ASIDE


def _contents(data: bytes, segments: list[Segment], marker: int, name: bytes) -> Iterator[bytes]:
    """Yield what the named segments hold, after their name."""
    for segment in segments:
        if segment.marker == marker and data.startswith(name, segment.start):
            yield data[segment.start + len(name) : segment.end]


def _jpeg_profile(parts: list[bytes]) -> bytes | None:
    """Join the parts of a profile: each opens with its rank and how many they are."""
    if not parts or any(part[:2] != bytes((rank, len(parts))) for rank, part in enumerate(parts[:255], 1)):
        return None
    return _sane(b"".join(part[2:] for part in parts))


def _sane(profile: bytes) -> bytes | None:
    return profile if len(profile) <= PROFILE_MAX else None


def png(data: bytes) -> Envelope:
    """Walk a PNG, checking the sums of what is drawn. Raises ``PictureRefused``."""
    chunks = _bounded(_chunks(data))
    first = dict(reversed(chunks))
    header = first.get(b"IHDR", b"")
    if chunks[0][0] != b"IHDR" or len(header) != PNG_HEADER_LENGTH:
        raise refused(PieceFault.UNREADABLE)
    width, height, depth = struct.unpack_from(">IIB", header)
    drawn = {kind: first[kind] for kind in PNG_DRAWN if kind in first}
    drawn |= {b"IDAT": b"".join(body for kind, body in chunks if kind == b"IDAT"), b"IEND": b""}
    return Envelope(
        stream=PNG_START + b"".join(_chunk(kind, body) for kind, body in drawn.items()),
        width=width,
        height=height,
        orientation=orientation(first.get(b"eXIf", b"").removeprefix(EXIF)),
        profile=_png_profile(first.get(b"iCCP", b"")),
        frames=int.from_bytes(first.get(b"acTL", b"\0\0\0\1")[:4]),
        depth=depth,
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and content of each chunk to the end; a wrong sum on what is drawn refuses the file."""
    position = len(PNG_START)
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        if kind == b"IEND":
            yield kind, body
            return
        position += 12 + length
        if position > len(data):
            break
        if kind in PNG_DRAWN and data[position - 4 : position] != _sum(kind, body):
            raise refused(PieceFault.UNREADABLE)
        yield kind, body
    raise refused(PieceFault.TRUNCATED)


def _sum(kind: bytes, body: bytes) -> bytes:
    return zlib.crc32(body, zlib.crc32(kind)).to_bytes(4)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + _sum(kind, body)


def _png_profile(body: bytes) -> bytes | None:
    """Inflate a profile within bounds: a name, a zero, the method (0), then the compressed bytes."""
    inflate = zlib.decompressobj()
    try:
        return _sane(inflate.decompress(body.partition(b"\0")[2][1:], PROFILE_MAX + 1)) or None
    except zlib.error:
        return None


def orientation(tiff: bytes) -> int:
    """Read the EXIF orientation, 1 (upright) to 8, from a TIFF block; whatever is amiss means upright."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return UPRIGHT
    try:
        return next((value for value in _orientations(tiff, order) if value in ORIENTATIONS), UPRIGHT)
    except struct.error:
        return UPRIGHT


def _orientations(tiff: bytes, order: str) -> Iterator[int]:
    """Yield the values of the orientation tags of the first directory; ``order`` is that of the bytes."""
    (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, offset)
    for rank in range(count):
        tag, _kind, _number, value = struct.unpack_from(f"{order}HHIH", tiff, offset + 2 + 12 * rank)
        if tag == ORIENTATION_TAG:
            yield value


WALKS: dict[str, Callable[[bytes], Envelope]] = {"JPEG": jpeg, "PNG": png}
