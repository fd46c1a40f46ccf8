"""PDF files: drawn page by page in a process of their own, within bounds on memory and time (P3, P4).

That process is believed in nothing but pixels: they are counted here, and written as JPEG here.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from PIL import Image

from carte.faults import (
    MO,
    Fault,
    PictureRefused,
    PieceFault,
    count,
    definition,
    megapixels,
    number,
    weight,
)
from carte.images.envelopes import refused
from carte.images.limits import SHEET, SHEET_WORDS, Limits
from carte.images.rasters import PIXELS_MAX
from carte.images.sheets import Picture, Sheet, definition_faults, queued, written

logger = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("pdf_child.py")
END = b"%%EOF"
LINEARIZED = b"/Linearized"
HEAD_BYTES = 1024  # where a linearized file says its length
MEMORY_MAX = 384 * MO  # bytes; a lawful file takes 180 MB of addresses
SECONDS_MAX = 2  # of processor time; a lawful file takes under one
DEADLINE = 3.4  # s, busy as the machine may be; with the wait below, an answer never takes 5 s
WAIT_MAX = 0.8  # s
LINE_MAX = 10_000  # bytes of JSON
ENDING = 0.5  # s left to a process that has closed its output
ALIGNED = 4  # bytes a row is rounded up to
# Statuses: Python's own refusal, then how the library ends when it is given no more.
OUT_OF_MEMORY = (3, -signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL)
one_at_a_time = threading.BoundedSemaphore(1)


class Died(Exception):
    """The process ended before it had given all."""


def read(data: bytes, limits: Limits, long_side: int, told: list[Fault]) -> Picture:
    """Read a PDF, one at a time in a process; ``told`` are the faults known already.

    Raises ``PictureRefused`` with the others.
    """
    if is_cut(data):
        raise refused(PieceFault.TRUNCATED)
    with queued(one_at_a_time, WAIT_MAX), _child(data, limits, long_side) as child:
        try:
            return _received(cast("IO[bytes]", child.stdout), limits, told)
        except (Died, ValueError, KeyError, TypeError) as error:
            fault = _cause(child)
            logger.warning("A PDF could not be drawn: %s, status %s", fault.code, child.returncode)
            raise PictureRefused(fault) from error


def is_cut(data: bytes) -> bool:
    """Tell a file whose end is missing: no mark of it, or shorter than it says of itself."""
    if END not in data:
        return True
    mark, _, rest = data[:HEAD_BYTES].partition(LINEARIZED)
    length = rest.partition(b"/L ")[2].split(maxsplit=1)[:1]
    return bool(mark and length and length[0].isdigit() and int(length[0]) > len(data))


@contextmanager
def _child(data: bytes, limits: Limits, long_side: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process, give it the file, and end it and all it started, at the deadline at the latest."""
    orders = {
        "memory": MEMORY_MAX,
        "seconds": SECONDS_MAX,
        "pages_max": limits.pages_max,
        "pixels_max": PIXELS_MAX,
        "side_max": max(SHEET),
        "long_side": long_side,
    }
    with subprocess.Popen(  # noqa: S603 - our own program, and figures
        [sys.executable, "-I", str(PROGRAM), json.dumps(orders)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    ) as child:
        timer = threading.Timer(DEADLINE, _kill, [child])
        timer.start()
        try:
            _give(child, data)
            yield child
        finally:
            timer.cancel()
            timer.join()
            _kill(child)


def _give(child: subprocess.Popen[bytes], data: bytes) -> None:
    """Hand the file over; a process that died before it had all is seen by what it does not answer."""
    entry = cast("IO[bytes]", child.stdin)
    for act in (lambda: entry.write(data), entry.close):
        with suppress(BrokenPipeError):
            act()


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _received(output: IO[bytes], limits: Limits, told: list[Fault]) -> Picture:
    """Judge what the document says of itself, then take its pages. Raises ``Died`` when they end early."""
    document = _line(output)
    sizes = [(int(width), int(height)) for width, height in document["sizes"]]
    faults = list(_document_faults(int(document["pages"]), sizes, limits))
    if told or faults:
        raise PictureRefused(*faults)
    return Picture(tuple(_page(output) for _ in sizes), *sizes[0])


def _line(output: IO[bytes]) -> dict[str, Any]:
    line = output.readline(LINE_MAX)
    if not line.endswith(b"\n"):
        raise Died
    facts: dict[str, Any] = json.loads(line)
    if facts.get("fault") == PieceFault.TOO_COMPLEX:
        found = megapixels(int(facts["pixels"]), up=True)
        figures = {"found": found, "allowed": megapixels(PIXELS_MAX, up=False)}
        raise PictureRefused(Fault(PieceFault.TOO_COMPLEX, figures))
    if "fault" in facts:
        locked = facts["fault"] == PieceFault.ENCRYPTED
        raise refused(PieceFault.ENCRYPTED if locked else PieceFault.UNREADABLE)
    return facts


def _document_faults(pages: int, sizes: list[tuple[int, int]], limits: Limits) -> Iterator[Fault]:
    """P2: how many pages, and what each measures; the faults of the first page that has some."""
    if pages < 1:
        yield Fault(PieceFault.EMPTY, {"found": count(0, "page")})
    elif pages > limits.pages_max:
        figures = {"found": number(pages), "allowed": number(limits.pages_max)}
        yield Fault(PieceFault.TOO_MANY_PAGES, figures)
    yield from next(filter(None, (list(_size_faults(size, limits)) for size in sizes)), [])


def _size_faults(size: tuple[int, int], limits: Limits) -> Iterator[Fault]:
    """P2, at 300 dpi: a page fits in the sheet, either way round; a photo has its definition besides."""
    if min(size) > min(SHEET) or max(size) > max(SHEET):
        allowed = f"{definition(SHEET)} ({SHEET_WORDS} à 300 points par pouce)"
        yield Fault(PieceFault.TOO_LARGE, {"found": definition(size), "allowed": allowed})
    else:
        yield from definition_faults(size, limits)


def _page(output: IO[bytes]) -> Sheet:
    """Take the pixels of a page, and write it as it will be stored."""
    facts = _line(output)
    size, stride = (int(facts["width"]), int(facts["height"])), int(facts["stride"])
    if not (min(size) > 0 and max(size) <= max(SHEET) and 0 <= stride - 3 * size[0] < ALIGNED):
        raise Died
    rows = output.read(stride * size[1])
    if len(rows) < stride * size[1]:
        raise Died
    return written(Image.frombuffer("RGB", size, rows, "raw", "BGR", stride, 1))


def _cause(child: subprocess.Popen[bytes]) -> Fault:
    """Tell why the process gave nothing: time, memory, or a file it could not make out.

    One killed at the deadline had not used its own time: the machine was busy.
    """
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=ENDING)
    if child.returncode == -signal.SIGKILL:
        return Fault(PieceFault.BUSY)
    if child.returncode == -signal.SIGXCPU:
        seconds = f"{count(SECONDS_MAX, 'seconde')} de calcul"
        return Fault(PieceFault.TOO_COMPLEX, {"found": f"plus de {seconds}", "allowed": seconds})
    if child.returncode in OUT_OF_MEMORY:
        memory = f"{weight(MEMORY_MAX, up=False)} de mémoire"
        return Fault(PieceFault.TOO_COMPLEX, {"found": f"plus de {memory}", "allowed": memory})
    return Fault(PieceFault.UNREADABLE)
