"""Agents and their accounts (A10)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from accounts.enums import Act
from accounts.groups import GROUPS
from accounts.models import Agent, Caisse, User
from accounts.sessions import end_sessions
from accounts.traces import trace
from vitale_portal.locks import hold

FIRST_PASSWORD_LIFE = timedelta(days=7)


class UnknownGroup(ValueError):
    """No group of agents has that name."""


class NotTheirsToChange(Exception):
    """The one who asks may not change the rights of this agent: himself, or one of another caisse."""


def create_agent(  # noqa: PLR0913 -- what an agent is
    *, identifiant: str, nom: str, prenom: str, caisse: Caisse, group: str, password: str, now: datetime
) -> Agent:
    """Make an agent, his account and his group, in one transaction.

    ``identifiant`` is his staff number. Somebody else knows ``password``: he has to change it at his first
    sign-in, within seven days. Raises ``UnknownGroup``, or ``IntegrityError`` when the staff number is taken.
    """
    if group not in GROUPS:
        raise UnknownGroup(group)
    with transaction.atomic():
        until = now + FIRST_PASSWORD_LIFE
        agent = Agent.objects.create(nom=nom, prenom=prenom, caisse=caisse, first_password_until=until)
        user = User.objects.create_user(identifiant, password, agent=agent)
        user.groups.add(Group.objects.get(name=group))
        trace(
            Act.RIGHTS_OF_AGENT_CHANGED, at=now, caisse=caisse, about=identifiant, words=f"créé dans {group}"
        )
    return agent


def give_first_password(*, agent: Agent, password: str, now: datetime) -> None:
    """Give an agent who lost his own a password to change within seven days; his sessions end."""
    with transaction.atomic():
        agent.first_password_until = now + FIRST_PASSWORD_LIFE
        agent.save(update_fields=["first_password_until"])
        agent.user.set_password(password)
        agent.user.save(update_fields=["password"])
        end_sessions(agent.user, keep=None)
        trace(Act.CODE_CHANGED, at=now, caisse=agent.caisse, about=agent.user.identifiant)


def own_password_chosen(
    *, user: User, keep: str | None, now: datetime, request: HttpRequest | None = None
) -> None:
    """Write that an agent chose his password himself, and end his sessions but the one of that key."""
    with transaction.atomic():
        Agent.objects.filter(user=user).update(first_password_until=None)
        end_sessions(user, keep=keep)
        trace(Act.CODE_CHANGED, at=now, request=request, by=user, about=user.identifiant)


def may_manage(by: User, agent: Agent) -> bool:
    """Tell whether a supervisor may change what an agent may do: one of his own caisse, never himself."""
    his = by.agent
    return (
        his is not None
        and by.has_perm("accounts.change_agent")
        and his.pk != agent.pk
        and his.caisse_id == agent.caisse_id
    )


def change_rights(
    *,
    agent: Agent,
    groups: Collection[str],
    is_active: bool,
    by: User,
    now: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Put an agent in just these groups of the table, and open or close his account; his sessions end.

    Nothing is done, or traced, when nothing changes. Raises ``NotTheirsToChange``, ``UnknownGroup``.
    """
    if not may_manage(by, agent):
        raise NotTheirsToChange
    unknown = set(groups) - GROUPS.keys()
    if unknown:
        raise UnknownGroup(*unknown)
    with transaction.atomic():
        user = hold(User.objects).get(agent=agent)
        before = set(user.groups.values_list("name", flat=True)), user.is_active
        if before == (set(groups), is_active):
            return
        user.groups.set(Group.objects.filter(name__in=groups))
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        end_sessions(user, keep=None)
        trace(
            Act.RIGHTS_OF_AGENT_CHANGED,
            at=now,
            request=request,
            by=by,
            caisse=agent.caisse,
            about=user.identifiant,
            words=", ".join(sorted(groups)) + ("" if is_active else " ; compte fermé"),
        )
