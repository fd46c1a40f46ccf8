"""Nobody, another assuré, agents of another caisse, without TOTP, of each group: never a byte of theirs."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from accounts.models import Beneficiaire, Rattachement, User
from suivi import urls_demonstration
from tests.addresses import EVERYBODYS, PUBLIC
from tests.factories import AgentFactory, AssureFactory, CaisseFactory, assure_ready
from tests.fixtures import at_desk
from tests.strangers.asking import (
    OPEN,
    Address,
    addresses,
    all_words,
    leaks,
    secret_words,
    standing,
)
from tests.strangers.planted import MODELS, Planted, plant
from vitale_portal import urls

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("clock", "pieces_root")]

DEMONSTRATION = {entry.name for entry in urls_demonstration.urlpatterns}
# A demonstration shows the mails of its invented people to whoever tries it; it has no real ones.
SHOWN_IN_A_DEMONSTRATION = {"demonstration_mails"}
DOOR = {"admin:otp", "admin:otp_recovery", "admin:otp_setup", "admin:password_change"}
GROUPS = ("contrôle", "droits", "supervision", "audit")
SPANNING = {"supervision", "audit"}
# What an agent of the household's own caisse may open that is nobody else's to read, by group.
OPENED = {
    "contrôle": {"admin:carte_commande_review", "admin:carte_commande_image", "admin:carte_commande_decide"},
    "droits": {
        "admin:declarations_plipapier_pdf",
        "admin:declarations_plipapier_courrier_pdf",
    },
    "supervision": {"admin:declarations_plipapier_pdf", "admin:carte_lotfabrication_csv"},
    "audit": {"admin:declarations_plipapier_pdf"},
}


@pytest.fixture(autouse=True)
def _demonstration(settings: Any, tmp_path: Any) -> None:
    """Mount the pages of a demonstration too."""
    settings.VAR_DIR = tmp_path
    settings.ROOT_URLCONF = (*urls.urlpatterns, *urls_demonstration.urlpatterns)


@pytest.fixture
def planted() -> Planted:
    return plant()


def test_every_model_has_a_row(planted: Planted) -> None:
    """A new one is planted too, with values that are known again."""
    assert [model.__name__ for model in MODELS if not planted.rows(model)] == []


def asked(
    client: Client,
    found: Iterable[Address],
    words: set[str],
    statuses: Callable[[Address, Any], bool],
    user: User | None = None,
) -> list[str]:
    """Ask for each address; tell what leaked and what was answered wrongly.

    An assuré ``user`` is signed in again once something he sent has ended his session.
    """
    wrong = []
    for address in found:
        if user and SESSION_KEY not in client.session:
            client.force_login(user, backend="accounts.sign_in.CodePersonnelBackend")
        response = address.ask(client)
        leaked = leaks(address, response, words)
        if leaked or not statuses(address, response):
            told = getattr(response, "url", "")
            wrong.append(
                f"{address.method} {address.name} {address.url}: {response.status_code} {told} {leaked}"
            )
    return wrong


def location(response: Any) -> str:
    return str(getattr(response, "url", "")).partition("?")[0]


def is_desk(address: Address) -> bool:
    return address.name.startswith("admin:")


def closed_to_nobody(address: Address, response: Any) -> bool:
    if address.name in PUBLIC | DEMONSTRATION | OPEN:
        return response.status_code < 500
    door = reverse("admin:login") if is_desk(address) else reverse("sign_in")
    return (response.status_code, location(response)) == (302, door)


def left_alone(ask: Callable[[], list[str]]) -> None:
    before = standing()
    assert ask() == []
    after = standing()
    assert {key: after.get(key) for key in before} == before  # what a stranger made of his own is his


def test_nobody(planted: Planted) -> None:
    found = [one for one in addresses(planted, every_row=False) if one.name not in SHOWN_IN_A_DEMONSTRATION]
    left_alone(lambda: asked(Client(), found, all_words(planted), closed_to_nobody))


def test_another_assure(planted: Planted) -> None:
    stranger, client = assure_ready(caisse=planted.assure.caisse), Client()

    def rightly(address: Address, response: Any) -> bool:
        if is_desk(address) and address.name not in OPEN:
            return (response.status_code, location(response)) == (302, reverse("admin:login"))
        if address.of_a_row and not is_desk(address) and address.name not in PUBLIC | DEMONSTRATION:
            return response.status_code in {404, 405}
        return response.status_code < 500

    site = [one for one in addresses(planted) if not is_desk(one) and one.name != "sign_out"]
    desk = [one for one in addresses(planted, every_row=False) if is_desk(one) and one.name != "admin:logout"]
    found = [one for one in site + desk if one.name not in SHOWN_IN_A_DEMONSTRATION]
    left_alone(lambda: asked(client, found, all_words(planted), rightly, stranger.user))


@pytest.mark.parametrize("totp", [True, False], ids=["code not given", "nothing set up"])
def test_agent_without_the_second_factor(planted: Planted, totp: bool) -> None:
    """Of the very caisse, in every group: the password alone opens nothing."""
    agent = AgentFactory(groups=GROUPS, caisse=planted.assure.caisse, **({} if totp else {"totp": False}))
    client = at_desk(agent, verified=False)
    step = reverse("admin:otp" if totp else "admin:otp_setup")

    def rightly(address: Address, response: Any) -> bool:
        if address.name in DOOR:
            return response.status_code == 200 or location(response) == step
        if is_desk(address) and not (address.name == "admin:login" and address.method == "post"):
            return (response.status_code, location(response)) == (302, step)
        if address.name in PUBLIC | DEMONSTRATION | OPEN | EVERYBODYS:
            return response.status_code < 500
        return (response.status_code, location(response)) == (302, reverse("admin:index"))

    gone = SHOWN_IN_A_DEMONSTRATION | {"sign_out", "admin:logout", "admin:login"}
    found = [one for one in addresses(planted, every_row=False) if one.name not in gone]
    left_alone(lambda: asked(client, found, all_words(planted), rightly))


def of_the_desk(planted: Planted, *, every_row: bool = False) -> list[Address]:
    """The addresses of the desk; those of the site only lead an agent to it."""
    gone = {"admin:logout", "admin:password_change", "admin:otp_setup"}
    found = addresses(planted, every_row=every_row)
    return [one for one in found if is_desk(one) and one.name not in gone]


def found_nothing(address: Address, response: Any) -> bool:
    """Whether a row asked for by its number or reference was refused or not found."""
    return response.status_code in ({403, 404, 405} if address.of_a_row else {200, 302, 400, 403, 404, 405})


@pytest.mark.parametrize("groups", [("contrôle",), ("droits",), ("contrôle", "droits")], ids="+".join)
def test_agent_of_another_caisse(planted: Planted, groups: tuple[str, ...]) -> None:
    client = at_desk(AgentFactory(groups=groups, caisse=CaisseFactory(code="301")))
    words, found = all_words(planted), of_the_desk(planted, every_row=True)
    left_alone(lambda: asked(client, found, words, found_nothing))


@pytest.mark.parametrize("group", sorted(SPANNING))
def test_agent_who_spans_caisses_sees_rows_and_never_files(planted: Planted, group: str) -> None:
    """« The last two may span caisses for rows, never for pieces »; they change nothing elsewhere."""
    client = at_desk(AgentFactory(groups=(group,), caisse=CaisseFactory(code="301")))
    words, found = secret_words(planted), of_the_desk(planted)
    left_alone(lambda: asked(client, found, words, lambda _address, response: response.status_code < 500))


@pytest.mark.parametrize("group", GROUPS)
def test_agent_of_the_caisse_reads_what_his_group_does(planted: Planted, group: str) -> None:
    """What only its author may read, and pieces, stay closed to the groups they are not for."""
    client = at_desk(AgentFactory(groups=(group,), caisse=planted.assure.caisse))
    found = [
        one
        for one in of_the_desk(planted)
        if one.name not in OPENED[group] and (one.method == "get" or group in SPANNING | {"contrôle"})
    ]
    words = secret_words(planted)
    assert asked(client, found, words, lambda _address, response: response.status_code < 500) == []


def test_leak_would_be_seen(planted: Planted) -> None:
    """The household's own agent does read those words: the test is not blind."""
    client = at_desk(planted.agent)
    told = asked(client, of_the_desk(planted), all_words(planted), lambda _a, _r: True)
    assert len({line.split()[1] for line in told}) > 30


# --- Ways round the wall ------------------------------------------------------------------------------


def test_stranger_is_not_attached_to_ones_own_by_his_number(planted: Planted) -> None:
    """Attached, he would be of the agent's caisse: his row and card would open (decision 52)."""
    caisse = CaisseFactory(code="301")
    own = AssureFactory(caisse=caisse)
    client = at_desk(AgentFactory(groups=("droits",), caisse=caisse))
    url = reverse("admin:accounts_assure_change", args=[own.pk])
    sent = {
        "rattachements-TOTAL_FORMS": "1",
        "rattachements-INITIAL_FORMS": "0",
        "rattachements-0-beneficiaire": planted.assure.beneficiaire.pk,
        "rattachements-0-lien": "AYANT_DROIT",
        "adresses-TOTAL_FORMS": "0",
        "adresses-INITIAL_FORMS": "0",
        "beneficiaire": planted.assure.beneficiaire.pk,
        "caisse": planted.assure.caisse_id,
        "email": "moi@courriel.example",
    }
    page = client.post(url, sent)
    assert page.status_code == 200
    assert leaks(Address("", url), page, all_words(planted)) == set()
    own.refresh_from_db()
    assert (own.caisse, own.email == "moi@courriel.example") == (caisse, False)
    assert Rattachement.objects.filter(assure=own).count() == 1


def test_nobodys_child_is_attached(planted: Planted) -> None:
    caisse = CaisseFactory(code="301")
    own = AssureFactory(caisse=caisse)
    child = Beneficiaire.objects.create(
        nir="1120501053101",
        nom="NEUF",
        prenoms="Noé",
        date_naissance=planted.assure.beneficiaire.date_naissance,
    )
    client = at_desk(AgentFactory(groups=("droits",), caisse=caisse))
    sent = {
        "rattachements-TOTAL_FORMS": "1",
        "rattachements-INITIAL_FORMS": "0",
        "rattachements-0-beneficiaire": child.pk,
        "rattachements-0-lien": "AYANT_DROIT",
        "adresses-TOTAL_FORMS": "0",
        "adresses-INITIAL_FORMS": "0",
    }
    assert client.post(reverse("admin:accounts_assure_change", args=[own.pk]), sent).status_code == 302
    assert child.rattachements.get().assure == own
