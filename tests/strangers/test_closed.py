"""Closed by default: every address of the URL configuration, asked as those it is not for."""

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from accounts.enums import Notice
from accounts.models import Assure, Message
from carte.enums import CommandeState, PieceKind
from carte.models import Commande
from tests.addresses import DECISIONS, EVERYBODYS, OWN, PUBLIC, patterns
from tests.factories import (
    NOW,
    AgentFactory,
    AssureFactory,
    CaisseFactory,
    CommandeFactory,
    PieceFactory,
    assure_ready,
    ayant_droit,
    whole_draft,
)
from tests.fixtures import at_desk

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("pieces_root")]

SITE = [(str(entry.name), entry) for namespace, entry in patterns() if not namespace]
REFERENCED = sorted({name for name, entry in SITE if entry.pattern.converters})


def ask(client: Client, url: str) -> list[HttpResponseBase]:
    return [client.get(url), client.post(url)]


def statuses(client: Client, url: str) -> set[int]:
    return {response.status_code for response in ask(client, url)}


def test_every_address_is_public_own_or_referenced() -> None:
    assert {name for name, _ in SITE} == PUBLIC | OWN | EVERYBODYS | set(REFERENCED)


def test_public_views_are_those_that_say_so() -> None:
    assert {name for name, entry in SITE if not getattr(entry.callback, "login_required", True)} == PUBLIC


@pytest.fixture
def theirs() -> dict[str, str]:
    """Somebody's rows: the reference each address would be asked with."""
    other = assure_ready()
    draft = whole_draft(author=other)
    sent = CommandeFactory(author=assure_ready(), state=CommandeState.IN_PRODUCTION)
    PieceFactory(commande=sent)
    message = Message.objects.create(
        assure=other, notice=Notice.ADRESSE_USABLE, about="x", subject="s", body="b", written_at=NOW
    )
    return {"message": message.reference, "tracking": sent.reference, "draft": draft.reference}


@pytest.mark.parametrize("name", REFERENCED)
def test_reference_of_another_assure_is_not_found(
    assure_client: Client, theirs: dict[str, str], name: str
) -> None:
    for kind in {name, "draft"} & theirs.keys():
        url = reverse(name, args=[theirs[kind]])
        assert statuses(assure_client, url) <= {404, 405}
        assert assure_client.get(url).status_code in {404, 405}


@pytest.mark.parametrize("name", sorted(OWN | EVERYBODYS) + REFERENCED)
def test_nobody_is_sent_to_the_sign_in_page(client: Client, theirs: dict[str, str], name: str) -> None:
    url = reverse(name, args=[theirs["draft"]] if name in REFERENCED else [])
    door = reverse("sign_in")
    asked, sent = ask(client, url)
    assert (asked.status_code, asked.url) == (302, f"{door}?next={url}")
    assert (sent.status_code, sent.url) == (302, f"{door}?interrompu=1&next={url}")


@pytest.mark.parametrize("name", sorted(OWN) + REFERENCED)
def test_agent_is_sent_to_the_desk(agent_client: Client, theirs: dict[str, str], name: str) -> None:
    url = reverse(name, args=[theirs["draft"]] if name in REFERENCED else [])
    for response in ask(agent_client, url):
        assert (response.status_code, response.url) == (302, reverse("admin:index"))


def admin_urls() -> list[str]:
    """The addresses of the desk, with arguments that exist or not: the door comes first."""
    kwargs = {"object_id": "1", "reference": "0000000000", "name": "photo", "app_label": "carte",
              "content_type_id": "1", "pk": 1, "url": "nowhere", "piece": 1, "number": 1}  # fmt: skip
    desk = [entry for namespace, entry in patterns() if namespace == "admin"]
    return [
        reverse(f"admin:{entry.name}", kwargs={key: kwargs[key] for key in entry.pattern.regex.groupindex})
        for entry in desk
        if entry.name not in {"login", "logout"}
    ]


@pytest.mark.parametrize("who", ["nobody", "assure"])
def test_desk_lets_in_neither_nobody_nor_an_assure(client: Client, assure: Assure, who: str) -> None:
    """A10."""
    if who == "assure":
        client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    for url in admin_urls():
        response = client.get(url)
        assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("admin:login")), url


@pytest.fixture
def reviewed() -> Commande:
    """An order in review, with its photo, in the Ain."""
    commande = CommandeFactory(author=assure_ready(), state=CommandeState.IN_REVIEW)
    PieceFactory(commande=commande, kind=PieceKind.PHOTO)
    return commande


def desk_answers(client: Client, commande: Commande) -> set[int]:
    piece = commande.pieces.first()
    urls = [reverse("admin:carte_commande_decide", args=[commande.reference, name]) for name in DECISIONS]
    urls.append(reverse("admin:carte_commande_review", args=[commande.reference]))
    urls.append(reverse("admin:carte_commande_image", args=[commande.reference, piece.pk, 1]))
    return {response.status_code for url in urls for response in ask(client, url)}


def test_agent_of_another_caisse_finds_nothing(reviewed: Commande) -> None:
    elsewhere = AgentFactory(caisse=CaisseFactory(code="301"))
    client = at_desk(elsewhere)
    assert desk_answers(client, reviewed) == {404, 405}
    assert client.get(reverse("admin:carte_commande_change", args=[reviewed.pk])).status_code == 404


@pytest.mark.parametrize("group", ["droits", "supervision", "audit"])
def test_pieces_are_for_those_who_review(reviewed: Commande, group: str) -> None:
    client = at_desk(AgentFactory(groups=(group,)))
    assert desk_answers(client, reviewed) == {403, 405}


def test_draft_is_its_authors_alone(agent_client: Client) -> None:
    draft = whole_draft(author=assure_ready())
    assert desk_answers(agent_client, draft) == {404, 405}


def test_other_holder_sees_state_and_dates_only(client: Client) -> None:
    """Section 7: of a child of two, pieces, address and recap are the author's."""
    author, other = assure_ready(), AssureFactory()
    child = ayant_droit(author, other)
    commande = CommandeFactory(author=author, beneficiaire=child, state=CommandeState.SHIPPED)
    PieceFactory(commande=commande)
    client.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    tracking = client.get(commande.get_absolute_url())
    assert tracking.status_code == 200
    assert "12 RUE DES LILAS" not in tracking.content.decode()
    for name in REFERENCED:
        if name not in {"tracking", "message"}:
            assert statuses(client, reverse(name, args=[commande.reference])) <= {404, 405}
