"""``manage.py verify``: whether all that is stored is consistent."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from suivi.verification import FILE_QUESTIONS, QUESTIONS, Report, verify
from suivi.verification.report import Answer

NBSP = "\N{NO-BREAK SPACE}"


class Command(BaseCommand):
    """Ask every question of the table; each thing that is wrong is told, and makes the command fail."""

    help = (
        "Vérifie que tout ce qui est enregistré est cohérent. Ne change rien ; échoue s’il y a une anomalie."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how to print, and whether to leave the files out."""
        parser.add_argument("--json", action="store_true", help="écrit le résultat en JSON")
        parser.add_argument("--sans-fichiers", action="store_true", help="ne lit pas les fichiers des pièces")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what was found; exit 1 when something is wrong."""
        report = verify(QUESTIONS, () if options["sans_fichiers"] else FILE_QUESTIONS, now=timezone.now())
        lines = [json.dumps(_as_data(report), ensure_ascii=False)] if options["json"] else _lines(report)
        for line in lines:
            self.stdout.write(line)
        if report.anomalies:
            raise CommandError(f"{report.anomalies} anomalie(s).")


def _lines(report: Report) -> Iterator[str]:
    for answer in report.answers:
        yield _line(answer)
        for one in answer.anomalies:
            yield f"    {one.row}{NBSP}: attendu {one.expected}, trouvé {one.found}"
    for row in report.aside:
        yield f"  mise de côté  {row}, {row.attempts} essais, {row.error}"
    yield "Lignes lues"
    yield from (f"  {count:>10}  {name}" for name, count in report.counts.items())


def _line(answer: Answer) -> str:
    result = f"{len(answer.anomalies)} anomalie(s)" if answer.anomalies else "juste"
    return f"{answer.question.rule:<3} {answer.question.says}{NBSP}: {result} ({answer.seconds:.1f} s)"


def _as_data(report: Report) -> dict[str, Any]:
    return {
        "questions": [
            {
                "regle": answer.question.rule,
                "question": answer.question.says,
                "anomalies": [asdict(one) for one in answer.anomalies],
                "secondes": round(answer.seconds, 3),
            }
            for answer in report.answers
        ],
        "mises_de_cote": [str(row) for row in report.aside],
        "lignes": report.counts,
    }
