"""What a file becomes: sheets, each a JPEG with nothing attached (P4); the queue before the decoder."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image

from carte.faults import Fault, PieceFault, definition
from carte.images.envelopes import refused
from carte.images.limits import Limits

QUALITY = 90
SIDE_MAX = 20_000  # px; a strip of one pixel by millions would cost twice its area
# Uploads at work or waiting in a process: half of the threads of the server.
room = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class Sheet:
    """A page to store: JPEG bytes and their size in px."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """The pages to store, and the size in px the first came with, upright."""

    pages: tuple[Sheet, ...]
    found_width: int
    found_height: int


def written(image: Image.Image) -> Sheet:
    """Write a picture as it will be stored."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY)
    return Sheet(stream.getvalue(), *image.size)


@contextmanager
def queued(place: threading.Semaphore, wait: float) -> Iterator[None]:
    """Take the one place, or refuse with BUSY: better a sentence than a long wait.

    Few may wait, so that the server's other threads go on giving pages, and for ``wait`` seconds at most.
    """
    with _taken(room, 0), _taken(place, wait):
        yield


@contextmanager
def _taken(place: threading.Semaphore, wait: float) -> Iterator[None]:
    if not place.acquire(timeout=wait):
        raise refused(PieceFault.BUSY)
    try:
        yield
    finally:
        place.release()


def definition_faults(size: tuple[int, int], limits: Limits) -> Iterator[Fault]:
    """P2, in px, each side by itself."""
    low, high = limits.definition_min, limits.definition_max or (SIDE_MAX, SIDE_MAX)
    if 0 in size:
        yield Fault(PieceFault.UNREADABLE)
    elif low and (size[0] < low[0] or size[1] < low[1]):
        yield Fault(PieceFault.TOO_SMALL, {"found": definition(size), "allowed": definition(low)})
    if size[0] > high[0] or size[1] > high[1]:
        yield Fault(PieceFault.TOO_LARGE, {"found": definition(size), "allowed": definition(high)})
