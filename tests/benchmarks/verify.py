"""How long ``manage.py verify`` takes on a million orders: the aim is under a minute.

By hand, beside the database named: ``DATABASE_URL=postgres://… python -m tests.benchmarks.verify``.
"""

import argparse
import os
import time

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django.utils import timezone

from suivi.verification import QUESTIONS, verify
from tests.benchmarks.fill import fill, scratch_database

AIM = 60.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    options = parser.parse_args()
    with scratch_database() as connection:
        start = time.monotonic()
        fill(connection, options.orders, due=0)
        print(f"{options.orders} orders filled in {time.monotonic() - start:.0f} s")
        report = verify(QUESTIONS, now=timezone.now())
        for answer in report.answers:
            print(f"{answer.seconds:6.1f} s  {len(answer.anomalies)} anomalies  {answer.question.says}")
        took = sum(answer.seconds for answer in report.answers)
        verdict = "within" if took <= AIM else "over"
        print(f"{took:6.1f} s in all, {verdict} {AIM:.0f} s; rows: {report.counts}")


if __name__ == "__main__":
    main()
