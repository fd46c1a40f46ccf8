"""What ``manage.py verify`` must not find fault with: an empty portal, a demonstration."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.tasks import sweep_outbox
from carte.models import Carte
from suivi.demonstration.load import load
from suivi.verification import FILE_QUESTIONS, QUESTIONS, verify
from tests.suivi.vecu import make_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]


def anomalies() -> list[object]:
    report = verify(QUESTIONS, FILE_QUESTIONS, now=timezone.now())
    return [one for answer in report.answers for one in answer.anomalies]


def test_empty_portal_has_no_anomaly() -> None:
    assert anomalies() == []


def test_demonstration_has_no_anomaly(settings: Settings, tmp_path: Path) -> None:
    """Once the sweeps have seen to what it tells, which began before there was a portal: here in short."""
    settings.VAR_DIR = tmp_path
    load(timezone.now())
    sweep_outbox()
    Carte.objects.update(remind_at=None)
    make_documents()
    assert anomalies() == []
