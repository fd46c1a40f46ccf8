"""JPEG and PNG pictures read under bounds and written anew: upright, sRGB, without metadata (P3, P4).

The order is the protection: what the header says, scans, size; only then pixels.
"""

import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile

from carte.faults import Fault, PictureRefused, PieceFault, megapixels, number
from carte.images.colours import fitted, shrunk, srgb
from carte.images.envelopes import WALKS, Envelope, refused
from carte.images.limits import Limits
from carte.images.sheets import Picture, Sheet, definition_faults, queued, written

logger = logging.getLogger(__name__)

PIXELS_MAX = 5100 * 7020  # the largest photo of section 2, for whatever has no bound of its own
SCANS_MAX = 50  # a progressive JPEG has some ten, eighteen in four inks
SCANNED_MAX = 20 * PIXELS_MAX  # pixels in all its scans: each costs 25 ms more at the largest size
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
one_at_a_time = threading.BoundedSemaphore(1)
WAIT_MAX = 1.5  # s; a lawful picture takes under one


def read(name: str, data: bytes, limits: Limits, long_side: int, told: list[Fault]) -> Picture:
    """Read a picture, one at a time in a process; ``told`` are the faults known already.

    Raises ``PictureRefused`` with the others.
    """
    envelope = WALKS[name](data)
    size = _upright(envelope)
    faults = list(definition_faults(size, limits))
    faults += _work_faults(envelope, faults)
    if told or faults:
        raise PictureRefused(*faults)
    with _decoding():
        sheet = written(_decoded(envelope, name, long_side))
    return Picture((sheet,), *size)


def turned(jpeg: bytes) -> Sheet:
    """Turn a stored page by a quarter, clockwise."""
    with _decoding(), Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
        upright = image.transpose(Image.Transpose.ROTATE_270)
        upright.info = {}
        return written(upright)


def _upright(envelope: Envelope) -> tuple[int, int]:
    """Width and height in px, once turned."""
    size = envelope.width, envelope.height
    return size[::-1] if envelope.orientation in SIDEWAYS else size


def _work_faults(envelope: Envelope, told: list[Fault]) -> Iterator[Fault]:
    """P3: what would cost too much to decode, or is not one still picture."""
    if envelope.frames != 1:
        yield Fault(PieceFault.ANIMATED, {"found": number(envelope.frames), "allowed": "1"})
    area = envelope.width * envelope.height
    scans_max = min(SCANS_MAX, SCANNED_MAX // max(1, min(area, PIXELS_MAX)))
    if envelope.scans > scans_max:
        figures = {"found": f"{number(envelope.scans)} passes", "allowed": number(scans_max)}
        yield Fault(PieceFault.TOO_COMPLEX, figures)
    if area > PIXELS_MAX and all(fault.code != PieceFault.TOO_LARGE for fault in told):
        figures = {"found": megapixels(area, up=True), "allowed": megapixels(PIXELS_MAX, up=False)}
        yield Fault(PieceFault.TOO_COMPLEX, figures)


@contextmanager
def _decoding() -> Iterator[None]:
    """Decode one picture at a time in a process: a lawful one may take some 150 MB."""
    with queued(one_at_a_time, WAIT_MAX):
        # Another library of the process (WeasyPrint, when imported) turns this on for everybody.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        except Exception as error:  # decoders raise some ten kinds: none may become a 500 (P3)
            logger.warning("A picture could not be decoded", exc_info=error)
            cut = "truncated" in str(error)
            raise refused(PieceFault.TRUNCATED if cut else PieceFault.UNREADABLE) from error


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
