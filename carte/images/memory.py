"""Memory of decoded pictures, given back to the system when they are done with."""

import ctypes
from contextlib import suppress

MEGA = 1024 * 1024
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of malloc.h


def give_back() -> None:
    """Have blocks of 8 MB and more returned as soon as they are freed, and what 16 MB of the rest exceeds.

    Else glibc raises the first bound by itself after a large picture, and a server that stands at 100 MB
    keeps 400 for good. Lower bounds cost a fifth more time. Nothing happens with another C library.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, 8 * MEGA)
        library.mallopt(TRIM_THRESHOLD, 16 * MEGA)
