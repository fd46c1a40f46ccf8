"""A provisional code handed over at the counter, by the group « droits » of the caisse (A4)."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Assure, CodeProvisoire, Trace
from accounts.ouverture.code_provisoire import check_code, read_code
from tests.factories import AgentFactory, CaisseFactory
from tests.fixtures import at_desk
from tests.ouvrir import stranger
from vitale_portal.dates import long_datetime

pytestmark = pytest.mark.django_db
CHECKED = {"paper": "PASSEPORT", "reason": "n’a pas sa carte", "checked": "on"}


@pytest.fixture
def droits() -> Client:
    return at_desk(AgentFactory(groups=("droits",)))


def url(assure: Assure) -> str:
    return reverse("admin:accounts_assure_code", args=[assure.pk])


def ask(client: Client, assure: Assure, **fields: str) -> HttpResponse:
    """Open the page, and send its form."""
    page = client.get(url(assure)).content.decode()
    return client.post(url(assure), CHECKED | {"formulaire": mark_of(page)} | fields)


def mark_of(page: str) -> str:
    return page.partition('name="formulaire" value="')[2].partition('"')[0]


def shown(page: str) -> str:
    return page.partition('class="secret-code"><strong>')[2].partition("<")[0]


def test_code_is_shown_once_and_opens(droits: Client) -> None:
    assure = stranger()
    answer = ask(droits, assure)
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


def test_reloading_the_page_makes_no_other_code(droits: Client) -> None:
    """A4: the one just copied stays good. The page says so, and makes another when asked."""
    assure = stranger()
    sent = CHECKED | {"formulaire": mark_of(droits.get(url(assure)).content.decode())}
    first = shown(droits.post(url(assure), sent).content.decode())
    again = droits.post(url(assure), sent).content.decode()
    assert ("Ce code vient d’être montré" in again, shown(again), first in again) == (True, "", False)
    assert check_code(assure.beneficiaire.nir, read_code(first), timezone.now()) == assure
    assert Trace.objects.filter(act="CODE_HANDED").count() == 1
    other = shown(droits.post(url(assure), CHECKED | {"formulaire": mark_of(again)}).content.decode())
    assert check_code(assure.beneficiaire.nir, read_code(other), timezone.now()) == assure
    assert check_code(assure.beneficiaire.nir, read_code(first), timezone.now()) is None


def test_two_clicks_are_one(droits: Client) -> None:
    """The page has the script that lets a form leave once, so that the code it shows is not lost."""
    assert "js/portal.js" in droits.get(url(stranger())).content.decode()


def test_two_pages_open_at_once_each_make_a_code(droits: Client) -> None:
    assure = stranger()
    marks = [mark_of(droits.get(url(assure)).content.decode()) for _ in range(2)]
    codes = {
        shown(droits.post(url(assure), CHECKED | {"formulaire": mark}).content.decode()) for mark in marks
    }
    assert (len(codes), "" in codes) == (2, False)


@pytest.mark.parametrize("mark", ["", "devine"])
def test_form_of_another_session_is_sent_again(droits: Client, mark: str) -> None:
    """A6: what was typed is there, and goes by one click."""
    assure = stranger()
    page = droits.post(url(assure), CHECKED | {"formulaire": mark}).content.decode()
    assert ("ce formulaire date d’une autre session" in page, 'value="n’a pas sa carte"' in page) == (
        True,
        True,
    )
    assert CodeProvisoire.objects.count() == 0
    assert shown(droits.post(url(assure), CHECKED | {"formulaire": mark_of(page)}).content.decode()) != ""


def test_mistake_leaves_the_form_good(droits: Client) -> None:
    assure = stranger()
    page = ask(droits, assure, reason="").content.decode()
    assert shown(droits.post(url(assure), CHECKED | {"formulaire": mark_of(page)}).content.decode()) != ""


def test_slip_says_where_and_until_when(droits: Client, settings: Settings) -> None:
    settings.VITALE_PUBLIC_URL = "https://portail.example/"
    page = ask(droits, stranger()).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    until = long_datetime(CodeProvisoire.objects.get().ends_at).replace("\N{NO-BREAK SPACE}", " ")
    assert "Sur https://portail.example/, « Se connecter », puis « J’ai un code provisoire »" in page
    assert f"Valable jusqu’au {until}, pour cinq essais." in page


def test_page_of_the_assure_leads_there(droits: Client) -> None:
    assure = stranger()
    page = droits.get(reverse("admin:accounts_assure_change", args=[assure.pk])).content.decode()
    assert page.count(url(assure)) == 1
    assert "7890189" not in page


@pytest.mark.parametrize("missing", CHECKED)
def test_identity_is_checked_and_the_reason_written(droits: Client, missing: str) -> None:
    assure = stranger()
    ask(droits, assure, **{missing: ""})
    assert (CodeProvisoire.objects.count(), Trace.objects.filter(act="CODE_HANDED").count()) == (0, 0)


def test_looking_makes_no_code(droits: Client) -> None:
    assert droits.get(url(stranger())).status_code == 200
    assert CodeProvisoire.objects.count() == 0


def test_who_is_under_16_gets_none(droits: Client) -> None:
    assure = stranger(born=date(2020, 1, 1))
    page = ask(droits, assure).content.decode()
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
