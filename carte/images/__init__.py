"""Uploaded pictures read under bounds and written anew: upright, sRGB, without metadata (P1 to P4).

The order is the protection: bytes, format by content, what the header says, scans; only then pixels.
"""

import io
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import magic
from PIL import Image, ImageFile

from carte.faults import (
    Fault,
    PictureRefused,
    PieceFault,
    definition,
    format_fault,
    megapixels,
    number,
    weight,
)
from carte.images.colours import fitted, shrunk, srgb
from carte.images.envelopes import JPEG_START, PNG_START, WALKS, Envelope, refused

__all__ = ["Limits", "Picture", "PictureRefused", "read"]

logger = logging.getLogger(__name__)

PIXELS_MAX = 5100 * 7020  # the largest photo of section 2, for whatever has no bound of its own
SIDE_MAX = 20_000  # px; a strip of one pixel by millions would cost twice its area
SCANS_MAX = 50  # a progressive JPEG has some ten; each costs 25 ms more at the largest size
QUALITY = 90
MAGIC_BYTES = 8192  # what libmagic is shown
STARTS = {"JPEG": JPEG_START, "PNG": PNG_START}
SIDEWAYS = range(5, 9)  # EXIF orientations that swap width and height
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What a profile accepts (section 2): formats, bytes, px as (width, height) once upright; inclusive."""

    formats: tuple[str, ...]
    weight_min: int | None
    weight_max: int
    definition_min: tuple[int, int] | None
    definition_max: tuple[int, int] | None


@dataclass(frozen=True)
class Picture:
    """A picture to store: JPEG bytes and their size in px, and the size it came with, upright."""

    jpeg: bytes
    width: int
    height: int
    found_width: int
    found_height: int


def read(data: bytes, *, limits: Limits, long_side: int) -> Picture:
    """Read an uploaded file and write it anew as JPEG, at most ``long_side`` px on its long side (P1 to P4).

    Raises ``PictureRefused``, and nothing else, with every fault that can be told at once.
    """
    if not data:
        raise refused(PieceFault.EMPTY)
    faults = list(_weight_faults(len(data), limits))
    try:
        format_name = _format(data, limits)
        envelope = WALKS[format_name](data)
    except PictureRefused as refusal:
        raise PictureRefused(*faults, *refusal.faults) from refusal
    faults += _definition_faults(_upright(envelope), limits)
    faults += _work_faults(envelope, faults)
    if faults:
        raise PictureRefused(*faults)
    return _rewritten(envelope, format_name, long_side)


def _weight_faults(size: int, limits: Limits) -> Iterator[Fault]:
    """P2, in bytes."""
    if limits.weight_min is not None and size < limits.weight_min:
        figures = {"found": weight(size, up=False), "allowed": weight(limits.weight_min, up=True)}
        yield Fault(PieceFault.TOO_LIGHT, figures)
    if size > limits.weight_max:
        figures = {"found": weight(size, up=True), "allowed": weight(limits.weight_max, up=False)}
        yield Fault(PieceFault.TOO_HEAVY, figures)


def _format(data: bytes, limits: Limits) -> str:
    """Tell JPEG from PNG by their first bytes; libmagic names what is refused (P1)."""
    readable = [name for name in limits.formats if name in WALKS]
    for name in readable:
        if data.startswith(STARTS[name]):
            return name
    raise PictureRefused(format_fault(magic.from_buffer(data[:MAGIC_BYTES], mime=True), readable))


def _upright(envelope: Envelope) -> tuple[int, int]:
    """Width and height in px, once turned."""
    size = envelope.width, envelope.height
    return size[::-1] if envelope.orientation in SIDEWAYS else size


def _definition_faults(size: tuple[int, int], limits: Limits) -> Iterator[Fault]:
    """P2, in px, each side by itself."""
    low, high = limits.definition_min, limits.definition_max or (SIDE_MAX, SIDE_MAX)
    if 0 in size:
        yield Fault(PieceFault.UNREADABLE)
    elif low and (size[0] < low[0] or size[1] < low[1]):
        yield Fault(PieceFault.TOO_SMALL, {"found": definition(size), "allowed": definition(low)})
    if size[0] > high[0] or size[1] > high[1]:
        yield Fault(PieceFault.TOO_LARGE, {"found": definition(size), "allowed": definition(high)})


def _work_faults(envelope: Envelope, told: list[Fault]) -> Iterator[Fault]:
    """P3: what would cost too much to decode, or is not one still picture."""
    if envelope.frames != 1:
        yield Fault(PieceFault.ANIMATED, {"found": number(envelope.frames), "allowed": "1"})
    if envelope.scans > SCANS_MAX:
        figures = {"found": f"{number(envelope.scans)} passes", "allowed": number(SCANS_MAX)}
        yield Fault(PieceFault.TOO_COMPLEX, figures)
    area = envelope.width * envelope.height
    if area > PIXELS_MAX and all(fault.code != PieceFault.TOO_LARGE for fault in told):
        figures = {"found": megapixels(area, up=True), "allowed": megapixels(PIXELS_MAX, up=False)}
        yield Fault(PieceFault.TOO_COMPLEX, figures)


def _rewritten(envelope: Envelope, format_name: str, long_side: int) -> Picture:
    """Decode and write anew, one picture at a time in a process: a lawful one may take some 150 MB."""
    try:
        with one_at_a_time:
            # Another library of the process (WeasyPrint, when imported) turns this on for everybody.
            ImageFile.LOAD_TRUNCATED_IMAGES = False
            image = _decoded(envelope, format_name, long_side)
            written = io.BytesIO()
            image.save(written, "JPEG", quality=QUALITY)
    except Exception as error:  # decoders raise some ten kinds: none may become a 500 (P3)
        logger.warning("A picture could not be decoded", exc_info=error)
        cut = "truncated" in str(error)
        raise refused(PieceFault.TRUNCATED if cut else PieceFault.UNREADABLE) from error
    return Picture(written.getvalue(), *image.size, *_upright(envelope))


def _decoded(envelope: Envelope, format_name: str, long_side: int) -> Image.Image:
    """Pixels at the stored size, upright, in sRGB, with nothing attached."""
    size = envelope.width, envelope.height
    target = fitted(size, long_side)
    with Image.open(io.BytesIO(envelope.stream), formats=[format_name]) as image:
        drafted = image.draft(None, target)
        box = drafted[1][2:] if drafted else size
        image.load()
        small = shrunk(image, box, target, envelope.depth)
    colours = srgb(small, envelope.profile, inverted=envelope.adobe)
    turn = TURNS.get(envelope.orientation)
    upright = colours.transpose(turn) if turn is not None else colours
    upright.info = {}
    return upright
