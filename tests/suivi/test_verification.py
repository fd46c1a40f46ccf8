"""``manage.py verify``: each question sees the fault planted for it, and a sound portal has none.

The portal that has lived is made once; each test works on it and is rolled back.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import Adresse, SetAside
from carte.enums import CommandeState
from carte.models import Commande
from declarations.models import PliEvent, PliPapier
from suivi.verification import FILE_QUESTIONS, QUESTIONS, Anomaly, Report, verify
from tests.factories import DAY, NOW
from tests.suivi.planted import FAULTS, Planted
from tests.suivi.vecu import LATER, lived

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def story(
    django_db_setup: None,  # noqa: ARG001
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, Path]]:
    """A portal that has lived: its delivered order, and where its files lie."""
    files = tmp_path_factory.mktemp("lived")
    options = django_settings.STORAGES["at_rest"]["OPTIONS"] | {"location": files}
    at_rest = django_settings.STORAGES["at_rest"] | {"OPTIONS": options}
    stored = override_settings(STORAGES=django_settings.STORAGES | {"at_rest": at_rest})
    with django_db_blocker.unblock(), transaction.atomic():
        with stored:
            order = lived()
        yield order.pk, files
        transaction.set_rollback(True)


@pytest.fixture
def delivered(story: tuple[int, Path], pieces_root: Path, db: None) -> Commande:  # noqa: ARG001
    """The delivered order of a portal that has lived, with files of this test's own."""
    key, files = story
    shutil.copytree(files, pieces_root, dirs_exist_ok=True)
    return Commande.objects.get(pk=key)


def told(report: Report) -> dict[str, list[Anomaly]]:
    """What was found, by question; questions that found nothing are left out."""
    return {answer.question.says: answer.anomalies for answer in report.answers if answer.anomalies}


def all_told() -> dict[str, list[Anomaly]]:
    return told(verify(QUESTIONS, FILE_QUESTIONS, now=LATER))


def test_portal_that_has_lived_has_no_anomaly(delivered: Commande) -> None:
    assert (all_told(), delivered.state) == ({}, CommandeState.DELIVERED)


# --- Planted faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__qualname__)
def test_planted_fault_is_told_and_nothing_else(
    delivered: Commande, plant: Callable[[Commande], Planted]
) -> None:
    planted = plant(delivered)
    assert all_told() == {says: [Anomaly(*one) for one in found] for says, found in planted.items()}


def test_row_due_for_two_sweeps_is_not_overdue(delivered: Commande) -> None:
    Commande.objects.filter(pk=delivered.pk).update(due_at=LATER - timedelta(seconds=120))
    assert all_told() == {}


def test_row_set_aside_is_told_apart(delivered: Commande) -> None:
    Commande.objects.filter(pk=delivered.pk).update(due_at=LATER - DAY)
    aside = SetAside.objects.create(
        sweep="carte.erasures", model="carte.commande", object_id=delivered.pk, attempts=4,
        error="ValueError", since=NOW, retry_at=LATER + DAY,
    )  # fmt: skip
    report = verify(QUESTIONS, now=LATER)
    assert (told(report), report.aside, report.anomalies) == ({}, [aside], 0)


def test_form_without_an_address_to_go_to_is_not_overdue(delivered: Commande) -> None:
    """F6: it is held."""
    PliEvent.objects.all().delete()
    PliPapier.objects.update(state="PLANNED", version=0, sent_at=None, due_at=LATER - DAY)
    Adresse.objects.filter(assure=delivered.author).update(npai_since=NOW)
    assert all_told() == {}


# --- The command ------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[str, str]:
    """What the command printed, and how it failed if it did, at the hour of the stories."""
    out = StringIO()
    with time_machine.travel(LATER, tick=False):
        try:
            call_command("verify", *arguments, stdout=out)
        except CommandError as error:
            return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_command_prints_each_question_and_the_counts(delivered: Commande) -> None:  # noqa: ARG001
    out, failed = run()
    lines = [line for line in out.splitlines() if ": juste (" in line]
    assert (failed, len(lines)) == ("", len(QUESTIONS) + len(FILE_QUESTIONS))
    assert f"{2:>12}  commande" in out.splitlines()


def test_command_fails_and_tells_each_anomaly(delivered: Commande) -> None:
    Commande.objects.filter(pk=delivered.pk).update(version=7)
    out, failed = run("--sans-fichiers")
    assert failed == "1 anomalie(s)."
    told_line = "attendu – version 6 numéros 1 à 7, trouvé DELIVERED version 7 6 numéros de 1 à 6"
    assert [line.partition(": ")[2] for line in out.splitlines() if line.startswith("    commande")] == [
        told_line
    ]


def test_command_gives_json(delivered: Commande) -> None:
    Commande.objects.filter(pk=delivered.pk).update(version=7)
    out, failed = run("--json", "--sans-fichiers")
    found = json.loads(out)
    assert failed == "1 anomalie(s)."
    assert [one["row"] for entry in found["questions"] for one in entry["anomalies"]] == [
        f"commande {delivered.reference}"
    ]
    assert (found["lignes"]["commande"], found["mises_de_cote"]) == (2, [])
