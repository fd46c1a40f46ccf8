"""How long an attestation takes, and whether a hundred at once hold up pages (F4).

Run by hand: ``python -m tests.benchmarks.attestations``. It starts a portal of its own in a temporary
folder, on SQLite, as ``make run`` does, and prints what it measures; nothing is asserted.
"""

import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 100


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def prepare(var: str, port: int) -> None:
    """Name the environment of a demonstration, for this process and those it starts."""
    os.environ.update(
        SECRET_KEY="benchmarks-only-not-a-secret-and-long-enough",
        VITALE_PIECES_KEYS="benchmarks:YmVuY2htYXJrcy1vbmx5LW5vdC1hLXNlY3JldC0zMmI=",
        VITALE_VAR_DIR=var,
        VITALE_DEMONSTRATION="true",
        VITALE_SPARE_DEMONSTRATION="true",
        VITALE_ACCELERATION="3600",
        VITALE_PUBLIC_URL=f"http://localhost:{port}/",
        PORT=str(port),
        DJANGO_SETTINGS_MODULE="vitale_portal.settings",
    )


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def latencies(url: str, seconds: float) -> list[float]:
    """Milliseconds of one page after the other, for so long."""
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        urllib.request.urlopen(url).read()  # noqa: S310 -- an address of this machine
        taken.append((time.perf_counter() - start) * 1000)
        time.sleep(0.02)
    return taken


def told(name: str, values: list[float]) -> None:
    ordered = sorted(values)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{name:34} median {statistics.median(values):7.1f} ms   95 % {p95:7.1f} ms   n={len(values)}")


def one_by_one() -> None:
    """Render the same attestation again and again in this process."""
    from declarations.impression import attestation_pdf  # noqa: PLC0415
    from declarations.models import Attestation  # noqa: PLC0415

    related = Attestation.objects.select_related(
        "assure__caisse__regime", "beneficiaire", "declaration__carte"
    )
    attestation = related.exclude(declaration=None).first() or related.first()
    taken = []
    for _ in range(21):
        start = time.perf_counter()
        attestation_pdf(attestation)
        taken.append((time.perf_counter() - start) * 1000)
    print(f"{'first, import included':34} {taken[0]:14.1f} ms")
    told("warm", taken[1:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory of this process':34} {peak:14.1f} MB")


def ask(count: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import Assure  # noqa: PLC0415
    from declarations.enums import AttestationKind  # noqa: PLC0415
    from declarations.models import Attestation  # noqa: PLC0415

    assure = Assure.objects.order_by("pk").first()
    row = {"kind": AttestationKind.DROITS, "assure": assure, "beneficiaire": assure.beneficiaire}
    now = timezone.now()
    Attestation.objects.bulk_create(Attestation(requested_at=now, **row) for _ in range(count))


def waiting() -> int:
    from declarations.models import Attestation  # noqa: PLC0415

    return Attestation.objects.filter(pdf=None).count()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vitale-bench-") as var:
        port = free_port()
        prepare(var, port)
        for step in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["demonstration"]):
            subprocess.run(manage(*step), check=True, stdout=subprocess.DEVNULL)
        import django  # noqa: PLC0415

        django.setup()
        ask(1)
        one_by_one()
        portal = subprocess.Popen(manage("portal"), stdout=subprocess.DEVNULL)
        try:
            url = f"http://localhost:{port}/connexion/"
            wait_for(url)
            told("page, quiet", latencies(url, 5))
            ask(AT_ONCE)
            start, taken = time.monotonic(), []
            while waiting():
                taken += latencies(url, 1)
            told(f"page, while {AT_ONCE} are made", taken)
            print(f"{AT_ONCE} made in {time.monotonic() - start:.1f} s")
        finally:
            portal.terminate()
            portal.wait(20)


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url).read()  # noqa: S310 -- an address of this machine
        except OSError:
            time.sleep(0.3)
        else:
            return


if __name__ == "__main__":
    main()
