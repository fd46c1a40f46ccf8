"""A provisional code handed over at the counter, by the group « droits » of the caisse (A4)."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Assure, CodeProvisoire, Trace
from accounts.ouverture.code_provisoire import check_code, read_code
from tests.factories import AgentFactory, CaisseFactory
from tests.fixtures import at_desk
from tests.ouvrir import stranger

pytestmark = pytest.mark.django_db
CHECKED = {"paper": "PASSEPORT", "reason": "n’a pas sa carte", "checked": "on"}


@pytest.fixture
def droits() -> Client:
    return at_desk(AgentFactory(groups=("droits",)))


def url(assure: Assure) -> str:
    return reverse("admin:accounts_assure_code", args=[assure.pk])


def shown(page: str) -> str:
    return page.partition('class="secret-code"><strong>')[2].partition("<")[0]


def test_code_is_shown_once_and_opens(droits: Client) -> None:
    assure = stranger()
    answer = droits.post(url(assure), CHECKED)
    code = shown(answer.content.decode())
    assert check_code(assure.beneficiaire.nir, read_code(code), timezone.now()) == assure
    assert "no-store" in answer["Cache-Control"]
    assert code not in droits.get(url(assure)).content.decode()
    trace = Trace.objects.get(act="CODE_HANDED")
    assert (trace.words, trace.beneficiaire) == ("Passeport", assure.beneficiaire)
    said = LogEntry.objects.get().change_message.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Code provisoire remis : Passeport, n’a pas sa carte"
    assert trace.by.agent is not None
    assert code not in trace.words


def test_page_of_the_assure_leads_there(droits: Client) -> None:
    assure = stranger()
    page = droits.get(reverse("admin:accounts_assure_change", args=[assure.pk])).content.decode()
    assert page.count(url(assure)) == 1
    assert "7890189" not in page


@pytest.mark.parametrize("missing", CHECKED)
def test_identity_is_checked_and_the_reason_written(droits: Client, missing: str) -> None:
    assure = stranger()
    droits.post(url(assure), {name: value for name, value in CHECKED.items() if name != missing})
    assert (CodeProvisoire.objects.count(), Trace.objects.filter(act="CODE_HANDED").count()) == (0, 0)


def test_looking_makes_no_code(droits: Client) -> None:
    assert droits.get(url(stranger())).status_code == 200
    assert CodeProvisoire.objects.count() == 0


def test_who_is_under_16_gets_none(droits: Client) -> None:
    assure = stranger(born=date(2020, 1, 1))
    page = droits.post(url(assure), CHECKED).content.decode()
    assert ("a moins de 16 ans" in page, CodeProvisoire.objects.count()) == (True, 0)


@pytest.mark.parametrize("group", ["contrôle", "supervision", "audit"])
def test_other_groups_may_not(group: str) -> None:
    assure = stranger()
    client = at_desk(AgentFactory(groups=(group,)))
    assert {client.get(url(assure)).status_code, client.post(url(assure), CHECKED).status_code} == {403}
    assert CodeProvisoire.objects.count() == 0


@pytest.mark.parametrize("groups", [("droits",), ("droits", "supervision")])
def test_agent_of_another_caisse_finds_nothing(groups: tuple[str, ...]) -> None:
    """Not even who may span caisses."""
    assure = stranger()
    client = at_desk(AgentFactory(caisse=CaisseFactory(code="301"), groups=groups))
    assert {client.get(url(assure)).status_code, client.post(url(assure), CHECKED).status_code} == {404}
    assert CodeProvisoire.objects.count() == 0
