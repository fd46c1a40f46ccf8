"""A tree of processes, watched from outside: the memory each reached, the time they took (Linux)."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAUSE = 0.005  # s between two looks; a child lives a few tenths
RESET_PEAK = "5"  # what /proc/PID/clear_refs takes for it


def children(pid: int) -> set[int]:
    """The processes that one started, and those they started."""
    found: set[int] = set()
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found |= {int(child) for child in (task / "children").read_text().split()}
    return found | {deep for child in found for deep in children(child)}


def peak(pid: int) -> float:
    """The most memory a process held, in MB of 1 048 576 bytes; 0 once it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


def command(pid: int) -> bytes:
    """What a process runs; nothing once it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def processor(pid: int) -> float:
    """The processor time of a process and of its ended children, in seconds."""
    with suppress(OSError):
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
        return sum(map(int, spent)) / TICK
    return 0.0


class Watch:
    """Looks at a server all the time: its own processes, and the short-lived children of these."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.command = b""
        self.server: set[int] = set()
        self.highest = {"server": 0.0, "child": 0.0}
        self.held = False
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """Take the processes that are there for the server's own, and look from now on."""
        self.server = {self.root} | children(self.root)
        self.command = command(self.root)
        self.thread.start()

    def stop(self) -> None:
        self.over.set()

    def hold(self) -> None:
        """Forget what was seen, then let nothing be forgotten."""
        self.reset()
        self.held = True

    def release(self) -> None:
        self.held = False

    def reset(self) -> None:
        """Forget what was seen, unless held."""
        if self.held:
            return
        for pid in self.server:
            Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)
        self.highest = {"server": 0.0, "child": 0.0}

    def peaks(self) -> tuple[float, float]:
        """The highest process of the server's own, and of its children, in MB."""
        self._note()
        return self.highest["server"], self.highest["child"]

    def resting(self) -> float:
        """What the largest of the server's own holds now, in MB."""
        self.reset()
        return max(map(peak, self.server))

    def processor(self) -> float:
        return sum(map(processor, self.server))

    def _look(self) -> None:
        while not self.over.is_set():
            self._note()
            time.sleep(PAUSE)

    def _note(self) -> None:
        for pid in self.server:
            self.highest["server"] = max(self.highest["server"], peak(pid))
        for pid in children(self.root) - self.server:
            held = peak(pid)
            if command(pid) not in (self.command, b""):  # else it still is the server, about to become it
                self.highest["child"] = max(self.highest["child"], held)
