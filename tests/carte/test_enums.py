"""The machines of orders (section 8) and cards (section 6): each pair of states, each actor."""

from itertools import product

import pytest

from carte.enums import CARTE_MOVES, COMMANDE_MOVES, FINISHED, OPEN, CarteState, CommandeState
from vitale_portal.transitions import Actor

# Written from the rules, not from the code: state, label, then where to and by whom.
SECTION_8 = """
DRAFT         | Brouillon, pas encore envoyé | SUBMITTED: AUTHOR
SUBMITTED     | Commande enregistrée         | IN_REVIEW: AGENT; CANCELLED: AUTHOR AGENT
IN_REVIEW     | Pièces en cours de contrôle  | SUBMITTED: AGENT SYSTEM; TO_CORRECT: AGENT; ACCEPTED: AGENT;
                                               REJECTED: AGENT; CANCELLED: AUTHOR AGENT
TO_CORRECT    | Pièce à remplacer            | SUBMITTED: AUTHOR; CANCELLED: AUTHOR SYSTEM
ACCEPTED      | Demande acceptée             | IN_PRODUCTION: SYSTEM; CANCELLED: AUTHOR AGENT
IN_PRODUCTION | Carte en fabrication         | SHIPPED: CENTRE; SUBMITTED: CENTRE
SHIPPED       | Carte expédiée               | DELIVERED: AUTHOR POST SYSTEM; RETURNED: POST;
                                               CANCELLED: AUTHOR
DELIVERED     | Carte reçue                  | RETURNED: POST
RETURNED      | Courrier revenu (NPAI)       | SHIPPED: SYSTEM; CANCELLED: SYSTEM AGENT
REJECTED      | Demande refusée              |
CANCELLED     | Commande annulée             |
"""
SECTION_6 = """
IN_TRANSIT  | En route      | IN_USE: AUTHOR POST SYSTEM; OPPOSED: AUTHOR AGENT SYSTEM
IN_USE      | En service    | OPPOSED: AUTHOR AGENT SYSTEM; ENDED: AUTHOR POST SYSTEM; HANDED_BACK: AGENT
OPPOSED     | En opposition | HANDED_BACK: AGENT
ENDED       | Remplacée     | HANDED_BACK: AGENT
HANDED_BACK | Restituée     |
"""


def rows(table: str) -> list[list[str]]:
    joined = table.replace(";\n", ";").strip()
    return [[cell.strip() for cell in line.split("|")] for line in joined.splitlines()]


def allowed(table: str) -> set[tuple[str, str, str]]:
    found = set()
    for state, _label, moves in rows(table):
        for one in filter(None, moves.split(";")):
            target, _, actors = one.partition(":")
            found |= {(state, target.strip(), actor) for actor in actors.split()}
    return found


COMMANDE, CARTE = allowed(SECTION_8), allowed(SECTION_6)


@pytest.mark.parametrize(("state", "to"), product(CommandeState, repeat=2), ids="-".join)
def test_commande_moves_as_section_8_says(state: CommandeState, to: CommandeState) -> None:
    actors = {actor for actor in Actor if (state, to, actor) in COMMANDE}
    assert COMMANDE_MOVES.get((state, to), frozenset()) == actors


@pytest.mark.parametrize(("state", "to"), product(CarteState, repeat=2), ids="-".join)
def test_carte_moves_as_section_6_says(state: CarteState, to: CarteState) -> None:
    actors = {actor for actor in Actor if (state, to, actor) in CARTE}
    assert CARTE_MOVES.get((state, to), frozenset()) == actors


@pytest.mark.parametrize(("states", "table"), [(CommandeState, SECTION_8), (CarteState, SECTION_6)])
def test_states_and_labels_are_those_of_the_rules(
    states: type[CommandeState] | type[CarteState], table: str
) -> None:
    assert [(state.value, state.label) for state in states] == [(row[0], row[1]) for row in rows(table)]


def test_finished_is_delivered_rejected_cancelled_and_open_the_rest_sent() -> None:
    assert [state.value for state in FINISHED] == ["DELIVERED", "REJECTED", "CANCELLED"]
    assert set(OPEN) == set(CommandeState) - set(FINISHED) - {CommandeState.DRAFT}


def test_only_cards_on_the_way_or_in_use_can_be_opposed() -> None:
    assert {state for state, to in CARTE_MOVES if to == CarteState.OPPOSED} == {"IN_TRANSIT", "IN_USE"}
