"""Every pair of states, every actor, on real rows: the moves of the rules and no other (D1)."""

import pytest
from django.db import transaction

from carte.enums import CarteState, CommandeState
from carte.management.commands.etats import PAGE, draw
from carte.models import Carte, Commande
from tests.carte.test_enums import CARTE, COMMANDE
from tests.factories import NOW, CarteFactory, CommandeFactory
from vitale_portal.transitions import Actor, NotInTable, Step, move, moved

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table alone is asked: what follows a move has its own tests."""
    monkeypatch.setattr(moved, "receivers", [])
    moved.sender_receivers_cache.clear()


def sent(row: Commande | Carte) -> dict[str, object]:
    """What sending adds to a draft, without which it may not leave."""
    is_draft = isinstance(row, Commande) and row.is_draft
    return {"submitted_at": NOW, "expected_at": NOW, "motif": "FIRST"} if is_draft else {}


def made(row: Commande | Carte, states: type[CommandeState] | type[CarteState]) -> set[tuple[str, str, str]]:
    """Try every move from where a row stands, by every actor; give those it made. Each is undone."""
    found = set()
    for to in states:
        for actor in Actor:
            with transaction.atomic():
                try:
                    after = move(row, Step(to=to, actor=actor, at=NOW, changes=sent(row)))
                except NotInTable:
                    continue
                assert (after.state, after.version) == (to, row.version + 1)
                found.add((row.state, to.value, actor.value))
                transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("state", CommandeState)
def test_order_makes_the_moves_of_section_8_and_no_other(state: CommandeState) -> None:
    assert made(CommandeFactory(state=state), CommandeState) == {one for one in COMMANDE if one[0] == state}


@pytest.mark.parametrize("state", CarteState)
def test_card_makes_the_moves_of_section_6_and_no_other(state: CarteState) -> None:
    assert made(CarteFactory(state=state), CarteState) == {one for one in CARTE if one[0] == state}


def test_page_of_the_tables_is_current() -> None:
    """« manage.py etats » writes it."""
    assert PAGE.read_text(encoding="utf-8") == draw()


def test_page_has_every_class_with_a_state_and_every_state() -> None:
    page = draw()
    for model in ("Commande", "Carte", "PliPapier"):
        assert f"\n## {model}\n" in page
    assert [state for state in (*CommandeState, *CarteState) if f"| `{state}` " not in page] == []


def test_page_has_every_move_and_no_other() -> None:
    section = draw().split("## Commande\n")[1].split("\n## ")[0]
    drawn = set()
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `") and cells[3]:
            states = [cell.split("`")[1] for cell in cells[1:3]]
            drawn |= {(*states, actor.strip().upper()) for actor in cells[3].split(",")}
    assert drawn == COMMANDE
