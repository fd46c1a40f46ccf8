"""Who changes what an agent may do: supervision, of its own caisse, never for oneself (A10)."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.agents import NotTheirsToChange, UnknownGroup, change_rights
from accounts.enums import Act
from accounts.groups import GROUPS, sync_groups
from accounts.models import Agent, Session, TotpDevice, Trace, User
from tests.factories import NOW, AgentFactory, CaisseFactory, OutboxMailFactory, RegimeFactory
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> Agent:  # noqa: ARG001
    return AgentFactory(groups=("supervision",))


@pytest.fixture
def desk(boss: Agent) -> Client:
    return at_desk(boss)


def page(agent: Agent) -> str:
    return reverse("admin:accounts_agent_change", args=[agent.pk])


def save(desk: Client, agent: Agent, **sent: Any) -> int:
    fields = {"nom": agent.nom, "prenom": agent.prenom, "groupes": ["droits"], "actif": "on"} | sent
    return desk.post(page(agent), fields).status_code


def rights(agent: Agent) -> tuple[list[str], bool]:
    user = User.objects.get(agent=agent)
    return sorted(user.groups.values_list("name", flat=True)), user.is_active


def test_supervisor_changes_groups_and_sessions_end(desk: Client, boss: Agent, agent: Agent) -> None:
    at_desk(agent)
    assert save(desk, agent, groupes=["droits", "audit"]) == 302
    assert rights(agent) == (["audit", "droits"], True)
    assert not Session.objects.filter(user=agent.user).exists()
    row = Trace.objects.get(act=Act.RIGHTS_OF_AGENT_CHANGED)
    assert (row.by, row.about, row.words) == (boss.user, agent.user.identifiant, "audit, droits")


def test_saving_without_a_change_leaves_no_trace(desk: Client, agent: Agent) -> None:
    assert save(desk, agent, groupes=["contrôle"]) == 302
    assert not Trace.objects.exists()


def test_supervisor_closes_an_account(desk: Client, agent: Agent) -> None:
    inside = at_desk(agent)
    fields = {"nom": agent.nom, "prenom": agent.prenom, "groupes": ["contrôle"]}
    desk.post(page(agent), fields)
    assert rights(agent) == (["contrôle"], False)
    assert inside.get("/gestion/").status_code == 302


@pytest.mark.parametrize(
    "sent", [{"groupes": ["direction"]}, {"groupes": ["supervision ", "droits"]}], ids=["unknown", "almost"]
)
def test_group_out_of_the_table_is_refused(desk: Client, agent: Agent, sent: dict[str, Any]) -> None:
    Group.objects.create(name="direction")
    assert save(desk, agent, **sent) == 200
    assert rights(agent) == (["contrôle"], True)


def test_nothing_else_of_an_account_is_changed(desk: Client, agent: Agent) -> None:
    other = CaisseFactory(code="301")
    sent = {
        "caisse": other.pk,
        "is_superuser": "on",
        "user": "1",
        "identifiant": "X",
        "user_permissions": ["1"],
    }
    assert save(desk, agent, groupes=["contrôle"], **sent) == 302
    user = User.objects.get(agent=agent)
    assert (user.agent.caisse.code, user.is_superuser, user.identifiant) == ("011", False, f"AGENT{agent.pk}")
    assert not user.user_permissions.exists()


@pytest.mark.parametrize(
    ("who", "may"),
    [("colleague", True), ("himself", False), ("elsewhere", False)],
)
def test_whose_rights_a_supervisor_changes(boss: Agent, who: str, may: bool) -> None:
    agents = {
        "colleague": AgentFactory,
        "himself": lambda: boss,
        "elsewhere": lambda: AgentFactory(caisse=CaisseFactory(code="301")),
    }
    agent, desk = agents[who](), at_desk(boss)
    before = rights(agent)
    shown = desk.get(page(agent))
    assert (shown.status_code, "Retirer son application" in shown.content.decode()) == (200, may)
    assert save(desk, agent) == (302 if may else 403)
    assert (rights(agent) == before) is not may
    reset = reverse("admin:accounts_agent_reset", args=[agent.pk])
    assert desk.post(reset).status_code == (302 if may else 403)
    assert TotpDevice.objects.filter(user=agent.user).exists() is not may


@pytest.mark.parametrize("group", ["contrôle", "droits", "audit"])
def test_other_groups_change_no_agent(agent: Agent, group: str) -> None:
    desk = at_desk(AgentFactory(groups=(group,)))
    assert save(desk, agent) == 403
    assert desk.post(reverse("admin:accounts_agent_reset", args=[agent.pk])).status_code in {403, 404}
    assert rights(agent) == (["contrôle"], True)


def test_deciding_function_asks_too(boss: Agent, agent: Agent) -> None:
    asked = {"groups": ["droits"], "is_active": True, "now": NOW}
    with pytest.raises(NotTheirsToChange):
        change_rights(agent=boss, by=boss.user, **asked)
    with pytest.raises(NotTheirsToChange):
        change_rights(agent=boss, by=agent.user, **asked)
    with pytest.raises(UnknownGroup):
        change_rights(agent=agent, by=boss.user, **asked | {"groups": ["direction"]})


def test_neither_users_nor_groups_have_a_page() -> None:
    assert {User, Group} & site._registry.keys() == set()  # noqa: SLF001


def test_groups_are_what_the_table_says_after_a_sync() -> None:
    sync_groups()
    Group.objects.get(name="audit").permissions.clear()
    call_command("sync_groups")
    assert Group.objects.get(name="audit").permissions.count() == len(GROUPS["audit"])


@pytest.mark.parametrize(("name", "own"), [("regime", "01"), ("caisse", "011")])
def test_one_changes_ones_own_regime_and_caisse(desk: Client, name: str, own: str) -> None:
    factory = {"regime": RegimeFactory, "caisse": CaisseFactory}[name]
    other = factory(code={"01": "08", "011": "301"}[own])
    for row, status in ((factory(code=own), 200), (other, 403)):
        assert desk.post(reverse(f"admin:accounts_{name}_change", args=[row.pk]), {}).status_code == status


@pytest.mark.parametrize("group", ["supervision", "audit"])
def test_outbox_says_neither_to_whom_nor_what(group: str) -> None:
    mail = OutboxMailFactory(
        recipient="odile@courriel.example", text="https://lien", html="<p>https://lien</p>"
    )
    client = at_desk(AgentFactory(groups=(group,)))
    urls = [
        reverse("admin:accounts_outboxmail_changelist"),
        reverse("admin:accounts_outboxmail_change", args=[mail.pk]),
    ]
    pages = [client.get(url).content.decode() for url in urls]
    assert [("o…@courriel.example" in text, "odile" in text, "https://lien" in text) for text in pages] == [
        (True, False, False)
    ] * 2


# --- The command --------------------------------------------------------------------------------------


def test_command_resets_what_was_lost(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("reset_agent", agent.user.identifiant, "--application", "--mot-de-passe")
    password = capsys.readouterr().out.split()[-1]
    user = User.objects.get(agent=agent)
    assert (user.check_password(password), user.totp_devices.exists()) == (True, False)
    assert user.agent.first_password_until is not None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["PERSONNE", "--application"], "Pas d’agent"), ([], "Dites ce qu’il a perdu")],
)
def test_command_says_what_is_wrong(agent: Agent, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("reset_agent", *(arguments or [agent.user.identifiant]))
