"""Reading the facts of section 5: whose orders, drafts, cards and addresses count, in how many queries."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Assure
from carte.eligibilite import examine, facts_for, household_facts
from carte.enums import CommandeState, Regle
from tests.factories import NOW, CarteFactory, CommandeFactory, assure_ready, ayant_droit

pytestmark = pytest.mark.django_db
FINISHED = {"DELIVERED", "REJECTED", "CANCELLED"}


@pytest.mark.parametrize("state", CommandeState)
def test_order_of_the_other_parent_counts_once_sent_until_finished(state: CommandeState) -> None:
    mother, father = assure_ready(), assure_ready()
    child = ayant_droit(mother, father)
    commande = CommandeFactory(author=father, beneficiaire=child, state=state, carte=False)
    facts = facts_for(mother, child)
    is_open = state not in FINISHED | {"DRAFT"}
    assert facts.open_commande == (commande if is_open else None)
    assert examine(facts, NOW).has(Regle.ORDER_OPEN) is is_open


def test_draft_of_one_s_own_is_known_and_no_obstacle(assure: Assure) -> None:
    draft = CommandeFactory(author=assure)
    facts = facts_for(assure, assure.beneficiaire)
    assert (facts.draft, examine(facts, NOW).obstacles) == (draft, ())


def test_draft_of_the_other_parent_is_neither_shown_nor_an_obstacle(assure: Assure) -> None:
    child = ayant_droit(assure, father := assure_ready())
    CommandeFactory(author=father, beneficiaire=child)
    facts = facts_for(assure, child)
    assert (facts.draft, examine(facts, NOW).obstacles) == (None, ())


def test_facts_are_those_of_the_beneficiary_and_of_the_assure(assure: Assure) -> None:
    child = ayant_droit(assure, assure_ready())
    CarteFactory(beneficiaire=assure.beneficiaire)
    carte = CarteFactory(beneficiaire=child)
    facts = facts_for(assure, child)
    assert (facts.cartes, facts.in_use, facts.adresses) == ((carte,), carte, tuple(assure.adresses.all()))


def test_household_lists_each_once_himself_first(assure: Assure) -> None:
    father = assure_ready()
    children = [ayant_droit(father, assure) for _ in range(2)]
    ayant_droit(father)
    assert [facts.beneficiaire for facts in household_facts(assure)] == [assure.beneficiaire, *children]


@pytest.mark.parametrize("children", [0, 2])
def test_household_takes_as_many_queries_for_one_as_for_three(
    assure: Assure, children: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for child in [assure.beneficiaire, *(ayant_droit(assure) for _ in range(children))]:
        CarteFactory(beneficiaire=child)
        CommandeFactory(author=assure, beneficiaire=child)
    with django_assert_num_queries(4):
        answers = [examine(facts, NOW) for facts in household_facts(assure)]
    assert [answer.has(Regle.DECLARATION_NEEDED) for answer in answers] == [True] * (children + 1)
