"""Rows are locked in one way, by one function: another kind of lock could wait for who waits for it."""

from pathlib import Path

from django.conf import settings

FLOORS = ("vitale_portal", "accounts", "carte", "declarations", "suivi")


def test_rows_are_locked_by_hold_alone() -> None:
    sources = [path for floor in FLOORS for path in (Path(settings.BASE_DIR) / floor).rglob("*.py")]
    assert [path.name for path in sources if "select_for_update" in path.read_text()] == ["locks.py"]
