"""Making an agent (A10)."""

import re

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.agents import UnknownGroup, create_agent
from accounts.models import Agent, User
from tests.factories import NOW, CaisseFactory

pytestmark = pytest.mark.django_db

WHO = ("S0001", "Martin", "Léa")


def test_agent_signs_in_with_the_password_printed(capsys: pytest.CaptureFixture[str]) -> None:
    CaisseFactory()
    call_command("create_agent", *WHO, caisse="011", groupe="supervision")
    password = re.search(r"mot de passe : (\S+)", capsys.readouterr().out.replace("\u00a0", " "))[1]
    user = authenticate(None, username="S0001", password=password)
    assert (str(user), [group.name for group in user.groups.all()]) == ("Léa Martin", ["supervision"])


@pytest.mark.parametrize(
    ("caisse", "sentence"),
    [("999", "Pas de caisse de code"), ("011", "est déjà pris")],
    ids=["caisse", "taken"],
)
def test_wrong_agent_is_refused_and_leaves_nothing(caisse: str, sentence: str) -> None:
    CaisseFactory()
    User.objects.create_user("S0001")
    with pytest.raises(CommandError, match=sentence):
        call_command("create_agent", *WHO, caisse=caisse, groupe="supervision")
    assert not Agent.objects.exists()


def test_group_has_to_exist() -> None:
    with pytest.raises(UnknownGroup):
        create_agent(
            identifiant="S1",
            nom="n",
            prenom="p",
            caisse=CaisseFactory(),
            group="direction",
            password="x",
            now=NOW,
        )
