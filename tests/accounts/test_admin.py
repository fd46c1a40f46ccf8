"""The back-office of the ground floor."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Adresse
from tests.factories import NOW, AdresseFactory, AgentFactory, AssureFactory, CaisseFactory, ayant_droit
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db


def signed_in(*groups: str, caisse: str = "011") -> Client:
    return at_desk(AgentFactory(groups=groups, caisse=CaisseFactory(code=caisse)))


@pytest.fixture
def returned() -> Adresse:
    """An address mail came back from."""
    return AdresseFactory(npai_since=NOW)


def clear(client: Client, adresse: Adresse, reason: str) -> int:
    url = reverse("admin:accounts_adresse_clear_npai", args=[adresse.pk])
    return client.post(url, {"reason": reason}).status_code


def test_agent_clears_npai_with_a_reason_that_stays(returned: Adresse) -> None:
    """B4."""
    client = signed_in("droits")
    page = client.get(reverse("admin:accounts_adresse_change", args=[returned.pk])).content.decode()
    assert "Lever le NPAI" in page
    assert clear(client, returned, "Confirmée au guichet") == 302
    returned.refresh_from_db()
    assert returned.npai_since is None
    assert LogEntry.objects.get().change_message == "NPAI levé\N{NO-BREAK SPACE}: Confirmée au guichet"


@pytest.mark.parametrize(
    ("groups", "caisse", "reason", "status"),
    [
        (("droits",), "011", " ", 302),
        (("droits",), "301", "Autre caisse", 404),
        (("contrôle",), "011", "Sans le droit", 403),
        (("audit",), "011", "Sans le droit", 403),
    ],
    ids=["no-reason", "other-caisse", "contrôle", "audit"],
)
def test_npai_stays_without_reason_or_right(
    returned: Adresse, groups: tuple[str, ...], caisse: str, reason: str, status: int
) -> None:
    assert clear(signed_in(*groups, caisse=caisse), returned, reason) == status
    returned.refresh_from_db()
    assert returned.npai_since == NOW


@pytest.mark.parametrize(("group", "seen"), [("droits", 1), ("supervision", 0), ("audit", 2)])
def test_rows_of_other_caisses_are_seen_by_those_who_span(group: str, seen: int) -> None:
    AssureFactory()
    AssureFactory(caisse=CaisseFactory(code="301"))
    response = signed_in(group).get(reverse("admin:accounts_assure_changelist"))
    found = len(response.context["cl"].result_list) if response.status_code == 200 else 0
    assert found == seen


def test_assure_with_a_child_of_two_holders_is_saved() -> None:
    """A child hangs on two rows, and is one choice (B1)."""
    mother, father = AssureFactory(), AssureFactory()
    child = ayant_droit(mother, father)
    desk, url = signed_in("droits"), reverse("admin:accounts_assure_change", args=[mother.pk])
    context = desk.get(url).context
    formsets = [inline.formset for inline in context["inline_admin_formsets"]]
    forms = [context["adminform"].form, *(form for formset in formsets for form in formset.forms)]
    shown = [bound for form in (*forms, *(formset.management_form for formset in formsets)) for bound in form]
    sent = {bound.html_name: "" if bound.value() is None else bound.value() for bound in shown}
    sent = {name: value for name, value in sent.items() if value is not False}
    assert child.pk in sent.values()
    assert desk.post(url, sent).status_code == 302


@pytest.mark.parametrize("group", ["droits", "audit"])  # who may change it, who may only look
def test_page_of_a_row_is_named_by_its_kind(group: str) -> None:
    """Django would say « Modification de assuré »."""
    page = signed_in(group).get(reverse("admin:accounts_assure_change", args=[AssureFactory().pk]))
    assert page.context["title"] == "Assuré"
