"""Uploaded files read under bounds and written anew: upright, sRGB, without metadata (P1 to P4).

The order is the protection: bytes, format by content, what the file says of itself; only then pixels.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import magic

from carte.faults import Fault, PictureRefused, PieceFault, count, format_fault, weight
from carte.images import pdf, rasters
from carte.images.envelopes import JPEG_START, PNG_START
from carte.images.limits import MIMES, Limits, accept_attribute
from carte.images.rasters import turned
from carte.images.sheets import Picture, Sheet, definition_faults

__all__ = [
    "MIMES",
    "Limits",
    "Picture",
    "PictureRefused",
    "Sheet",
    "accept_attribute",
    "definition_faults",
    "read",
    "turned",
]

MAGIC_BYTES = 8192  # what libmagic is shown
STARTS = {"JPEG": JPEG_START, "PNG": PNG_START}
Reader = Callable[[bytes, Limits, int, list[Fault]], Picture]
READERS: Mapping[str, Reader] = {
    "JPEG": partial(rasters.read, "JPEG"),
    "PNG": partial(rasters.read, "PNG"),
    "PDF": pdf.read,
}


def read(data: bytes, *, limits: Limits, long_side: int) -> Picture:
    """Read an uploaded file and write it anew as JPEG pages, at most ``long_side`` px on their long side.

    Raises ``PictureRefused``, and nothing else, with every fault that can be told at once (P1 to P4).
    """
    if not data:
        raise PictureRefused(Fault(PieceFault.EMPTY, {"found": count(0, "octet")}))
    told = list(_weight_faults(len(data), limits))
    try:
        return READERS[_format(data, limits)](data, limits, long_side, told)
    except PictureRefused as refusal:
        raise PictureRefused(*told, *refusal.faults) from refusal


def _weight_faults(size: int, limits: Limits) -> Iterator[Fault]:
    """P2, in bytes."""
    if limits.weight_min is not None and size < limits.weight_min:
        figures = {"found": weight(size, up=False), "allowed": weight(limits.weight_min, up=True)}
        yield Fault(PieceFault.TOO_LIGHT, figures)
    if size > limits.weight_max:
        figures = {"found": weight(size, up=True), "allowed": weight(limits.weight_max, up=False)}
        yield Fault(PieceFault.TOO_HEAVY, figures)


def _format(data: bytes, limits: Limits) -> str:
    """Tell JPEG and PNG by their first bytes, whatever else by libmagic (P1)."""
    begun = (MIMES[name] for name, start in STARTS.items() if data.startswith(start))
    mime = next(begun, None) or magic.from_buffer(data[:MAGIC_BYTES], mime=True)
    for name in limits.formats:
        if MIMES[name] == mime:
            return name
    raise PictureRefused(format_fault(mime, limits.formats))
