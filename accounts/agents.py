"""Agents and their accounts (A10)."""

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.groups import GROUPS
from accounts.models import Agent, Caisse, User


class UnknownGroup(ValueError):
    """No group of agents has that name."""


def create_agent(
    *, identifiant: str, nom: str, prenom: str, caisse: Caisse, group: str, password: str
) -> Agent:
    """Make an agent, his account and his group, in one transaction.

    ``identifiant`` is his staff number. Raises ``UnknownGroup``, or ``IntegrityError`` when the staff
    number is taken.
    """
    if group not in GROUPS:
        raise UnknownGroup(group)
    with transaction.atomic():
        agent = Agent.objects.create(nom=nom, prenom=prenom, caisse=caisse)
        user = User.objects.create_user(identifiant, password, agent=agent)
        user.groups.add(Group.objects.get(name=group))
    return agent
