"""Where codes are hashed: a few at a time, behind everything else (A1, A2).

Whatever page it is asked from: a sign-in, a first login, a new code, the code asked again (A9).

A hash takes a processor for some fifty milliseconds. Done by whoever asks, fifty bad sign-ins a second
would take the whole machine. Here one thread of each process hashes, at a lower priority than the threads
that give pages; few may wait for it, and who finds no place is told to come back. People on a device they
have used before have a thread and places of their own, which strangers cannot fill nor slow down.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.contrib.auth.hashers import check_password, make_password

T = TypeVar("T")

BUSY = 5  # seconds to come back after, when too many are hashed at once
NICENESS = 10  # a page that is asked for meanwhile gets nine tenths of the processor


class Full(Exception):
    """Everybody who may wait already does."""


def _step_back(niceness: int) -> None:
    """Lower the priority of this thread alone, where threads have one of their own (Linux)."""
    if niceness and sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


class Lane:
    """One thread that hashes; ``places`` are at it or wait, others stand ``patience`` seconds for one."""

    def __init__(self, places: int, patience: float, niceness: int = 0) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, "hashing", _step_back, (niceness,))

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place, or raise ``Full``."""
        if not self._places.acquire(timeout=self._patience):
            raise Full
        try:
            yield
        finally:
            self._places.release()

    def run(self, hashes: Callable[..., T], *arguments: str) -> T:
        """Have the thread do it, and give what it gave."""
        return self._thread.submit(hashes, *arguments).result()


def hash_code(code: str) -> str:
    """Hash a code its owner chose. Raises ``Full``."""
    with KNOWN.place():
        return KNOWN.run(make_password, code)


def is_code(code: str, encoded: str) -> bool:
    """Tell whether a hash is that of a code, for somebody who is signed in. Raises ``Full``."""
    with KNOWN.place():
        return KNOWN.run(check_password, code, encoded)


# Of the eight threads of a process, as many stay free of strangers' sign-ins as are needed to give pages.
STRANGERS = Lane(places=3, patience=0.0, niceness=NICENESS)
KNOWN = Lane(places=3, patience=2.0)
