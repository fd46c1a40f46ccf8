"""What any file costs the server: time, memory, and what becomes of other pages meanwhile (P1 to P4).

Run by hand: ``python -m tests.benchmarks.pieces``. It starts the web server as ``manage.py portal`` does, on
SQLite in a temporary folder, sends every file of the table and the heaviest ones, and prints what it
measures, « within » or « over » what was promised; nothing is asserted.

A first argument keeps the files whose name holds it: ``python -m tests.benchmarks.pieces PDF``.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.benchmarks.attestations import free_port, manage, prepare
from tests.benchmarks.visits import Answer, Portal, Visitor, served, visitors

if TYPE_CHECKING:
    from tests.carte.fichiers.case import Case

AT_ONCE = 20
ROUNDS = 7
ANSWER_MAX, MEMORY_MAX = 5.0, 500.0  # of anything: s, MB a process (acceptance: never more)
LAWFUL_MAX, LAWFUL_MEMORY_MAX = 1.0, 450.0  # of a lawful file, one at a time
BASELINE_MAX, BASELINE_MEMORY_MAX = 0.25, 150.0
HEADINGS = "answer, ms, ms of processor, MB of the server, MB of its child, time, memory"
EVERYDAY_RATIO = 1.5  # of what Pillow takes by itself


def verdict(found: float, allowed: float) -> str:
    return "within" if found <= allowed else "OVER"


def shown(answer: Answer, seconds: float = ANSWER_MAX, memory: float = MEMORY_MAX) -> None:
    times = f"{answer.seconds * 1000:7.0f} {answer.processor * 1000:7.0f}"
    kept = f"{verdict(answer.seconds, seconds):6} {verdict(max(answer.server, answer.child), memory):6}"
    told = f" | {answer.told}" if answer.told else ""
    print(f"{answer.status} {times} {answer.server:6.0f} {answer.child:6.0f}  {kept} {answer.name}{told}")


def one_by_one(
    portal: Portal, people: dict[str, list[Visitor]], cases: Sequence["Case"], limits: tuple[float, float]
) -> list[Answer]:
    answers = []
    for case in cases:
        answers.append(portal.send(people[case.door.caisse][0], case, case.make()))
        shown(answers[-1], *limits)
    return answers


@contextmanager
def other_pages(portal: Portal, visitor: Visitor) -> Iterator[dict[str, list[float]]]:
    """Ask for other pages until the end; gives the seconds each took."""
    taken: dict[str, list[float]] = {"/": [], "/accueil/": []}
    over = threading.Event()

    def walk() -> None:
        while not over.is_set():
            for path, seconds in taken.items():
                start = time.perf_counter()
                status, _ = portal.ask(visitor, "GET", path)
                seconds.append(time.perf_counter() - start)
                if status != 200:
                    print(f"{path} gave {status}")
            over.wait(0.05)

    walker = threading.Thread(target=walk)
    walker.start()
    try:
        yield taken
    finally:
        over.set()
        walker.join()


def at_once(portal: Portal, people: dict[str, list[Visitor]], worst: Sequence["Case"]) -> None:
    """Send them all together, each from somebody else, while others read."""
    files = [case.make() for case in worst]
    senders = [people[case.door.caisse][rank] for rank, case in enumerate(worst)]
    with other_pages(portal, people["011"][AT_ONCE]) as taken, ThreadPoolExecutor(len(worst)) as threads:
        time.sleep(2)
        quiet = {path: max(seconds) for path, seconds in taken.items()}
        portal.watch.hold()
        answers = list(threads.map(portal.send, senders, worst, files))
    for answer in answers:
        shown(answer)
    longest = max(answer.seconds for answer in answers)
    print(f"\n{len(answers)} at once: statuses {sorted({answer.status for answer in answers})}")
    print(f"longest answer {longest:.2f} s: {verdict(longest, ANSWER_MAX)} {ANSWER_MAX:.0f} s")
    for path, seconds in taken.items():
        figures = f"slowest {max(seconds) * 1000:.0f} ms, before {quiet[path] * 1000:.0f} ms"
        print(f"{path} {figures}, asked {len(seconds)} times")
    for name, peak in zip(("server", "child"), portal.watch.peaks(), strict=True):
        print(f"peak of the {name} {peak:.0f} MB: {verdict(peak, MEMORY_MAX)} {MEMORY_MAX:.0f} MB")
    portal.watch.release()


def median(portal: Portal, visitor: Visitor, case: "Case") -> Answer:
    data = case.make()
    answers = [portal.send(visitor, case, data) for _ in range(ROUNDS)]
    return sorted(answers, key=lambda answer: answer.seconds)[ROUNDS // 2]


def promised(portal: Portal, people: dict[str, list[Visitor]]) -> None:
    """The figures of a photo as large as can be, and of everyday's."""
    from tests.carte.fichiers.heaviest import BASELINE, EVERYDAY  # noqa: PLC0415

    print("\nThe median of seven")
    shown(median(portal, people["CFE"][0], BASELINE), BASELINE_MAX, BASELINE_MEMORY_MAX)
    shown(median(portal, people["CFE"][0], EVERYDAY), LAWFUL_MAX, LAWFUL_MEMORY_MAX)
    in_this_process()


def in_this_process() -> None:
    """The same two without the server: ours, and what Pillow takes to read and write them."""
    from accounts.models import Regime  # noqa: PLC0415
    from carte.enums import PieceKind  # noqa: PLC0415
    from carte.images import read  # noqa: PLC0415
    from carte.pieces import LONG_SIDES, limits_for  # noqa: PLC0415
    from tests.carte.fichiers.heaviest import BASELINE, EVERYDAY  # noqa: PLC0415

    limits = limits_for(Regime.objects.get(code="17"), PieceKind.PHOTO)
    long_side = LONG_SIDES[PieceKind.PHOTO]
    largest, everyday = BASELINE.make(), EVERYDAY.make()
    seconds = best(lambda: read(largest, limits=limits, long_side=long_side))
    print(f"{BASELINE.name}, without the server: {seconds * 1000:.0f} ms: {verdict(seconds, BASELINE_MAX)}")
    ours = best(lambda: read(everyday, limits=limits, long_side=long_side))
    theirs = best(lambda: by_pillow(everyday))
    weight = f"{len(everyday) / 1e6:.1f} MB at 1200×1600"
    ratio = f"{ours * 1000:.0f} ms for {theirs * 1000:.0f} of Pillow: {ours / theirs:.2f}"
    print(f"{weight}: {ratio}, {verdict(ours / theirs, EVERYDAY_RATIO)} {EVERYDAY_RATIO}")


def best(act: object) -> float:
    """The median, in seconds of processor: other programs of the machine do not count."""
    taken = []
    for _ in range(3 * ROUNDS):
        start = time.process_time()
        act()  # type: ignore[operator]
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def by_pillow(data: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415

    from carte.images.sheets import QUALITY  # noqa: PLC0415

    written = io.BytesIO()
    Image.open(io.BytesIO(data)).save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def main(part: str) -> None:
    with tempfile.TemporaryDirectory(prefix="vitale-bench-") as var:
        port = free_port()
        prepare(var, port)
        os.environ["VITALE_PIECES_KEYS"] = f"bench:{b64encode(os.urandom(32)).decode()}"
        for step in (
            ["migrate", "-v0"],
            ["collectstatic", "--noinput", "-v0"],
            ["loaddata", "-v0", "regimes"],
        ):
            subprocess.run(manage(*step), check=True, stdout=subprocess.DEVNULL)
        import django  # noqa: PLC0415

        django.setup()
        people = {caisse: visitors(caisse, AT_ONCE + 1) for caisse in ("011", "CFE")}
        with served(port, var) as watch:
            measured(Portal(port, watch), people, part)


def measured(portal: Portal, people: dict[str, list[Visitor]], part: str) -> None:
    from tests.carte.fichiers.heaviest import BASELINE, BOMBS, LAWFUL  # noqa: PLC0415
    from tests.carte.fichiers.table import CASES  # noqa: PLC0415

    load = f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f"{load}; the server holds {portal.watch.resting():.0f} MB before the first file")
    portal.send(people["CFE"][0], BASELINE, BASELINE.make())  # everything imported
    parts = [
        ("The table", CASES, (ANSWER_MAX, MEMORY_MAX)),
        ("The heaviest lawful ones", LAWFUL, (LAWFUL_MAX, LAWFUL_MEMORY_MAX)),
        ("The bombs", BOMBS, (ANSWER_MAX, MEMORY_MAX)),
    ]
    answers: list[Answer] = []
    for title, cases, limits in parts:
        print(f"\n{title}\n{HEADINGS}")
        answers += one_by_one(portal, people, [case for case in cases if part in case.name], limits)
    print(f"\n{len(answers)} files: statuses {sorted({answer.status for answer in answers})}")
    longest = max(answer.seconds for answer in answers)
    print(f"longest answer {longest:.2f} s; the server keeps {portal.watch.resting():.0f} MB")
    if not part:
        named = {case.name: case for _, cases, _ in parts for case in cases}
        slowest = sorted(answers, key=lambda answer: answer.seconds, reverse=True)[:AT_ONCE]
        print("\nTwenty of the worst at once")
        at_once(portal, people, [named[answer.name] for answer in slowest])
        promised(portal, people)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
