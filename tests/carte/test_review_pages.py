"""The agent's desk: the queue, the review page, a decision in two steps (D2 to D4, P5, P7)."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, OutboxMail
from carte.annulation import cancel_by_author
from carte.controle import accept, claim_next, expire_claims
from carte.enums import CommandeState, PieceKind, SansPhotoReason
from carte.models import Commande, Piece
from carte.sans_photo import Explanation, store_explanation
from tests.factories import (
    HOUR,
    AgentFactory,
    CommandeFactory,
    PageFactory,
    PieceFactory,
    assure_ready,
)
from vitale_portal.dates import time_of_day
from vitale_portal.references import display
from vitale_portal.transitions import Actor, Step, move

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]
_C = CommandeState
MOST = 12
SECRET = "Je suis alitée depuis deux ans et ne peux pas m’asseoir."


@pytest.fixture
def commande(agent: Agent) -> Commande:
    """An order with both pieces, claimed by the agent."""
    made = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=_C.SUBMITTED)
    PieceFactory(commande=made, kind=PieceKind.PHOTO)
    PieceFactory(commande=made, kind=PieceKind.IDENTITE)
    claimed = claim_next(user=agent.user, now=timezone.now())
    assert claimed == made
    return made


def text(response: Any) -> str:
    """The words of a page, spaces made plain."""
    body = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def review(client: Client, commande: Commande) -> Any:
    return client.get(reverse("admin:carte_commande_review", args=[commande.reference]))


def decide(client: Client, commande: Commande, name: str, **data: Any) -> Any:
    url = reverse("admin:carte_commande_decide", args=[commande.reference, name])
    prefix = {"refuser": "refus-", "annuler": "annulation-"}.get(name, "")
    version = data.pop("version", 2)
    sent = {f"{prefix}{key}" if key == "motif" else key: value for key, value in data.items()}
    return client.post(url, {f"{prefix}version": version} | sent, follow=True)


def stands(commande: Commande) -> tuple[str, int]:
    row = Commande.objects.get(pk=commande.pk)
    return row.state, row.version


# --- The page ----------------------------------------------------------------------------------


def test_page_shows_both_pieces_and_what_to_compare(agent_client: Client, commande: Commande) -> None:
    page = review(agent_client, commande)
    images = re.findall(r'<img src="([^"]*)"', page.content.decode())
    assert [agent_client.get(image)["Content-Type"] for image in images] == ["image/jpeg"] * 2
    who = commande.beneficiaire
    for shown in (who.nom, who.prenoms, who.date_naissance.strftime("%d/%m/%Y")):
        assert shown in text(page)
    assert who.nir not in text(page)


def test_page_offers_each_reason_of_each_piece_with_its_key(agent_client: Client, commande: Commande) -> None:
    body = review(agent_client, commande).content.decode()
    for name, count in (("PHOTO", 12), ("IDENTITE", 8)):
        assert len(re.findall(f'<input type="checkbox" name="{name}"', body)) == count
    keys = re.findall(r'data-key="(.)"', body)
    assert sorted(set(keys) - {"d"}) == sorted(key for key in keys if key != "d")


def test_page_shows_every_page_of_a_piece(agent_client: Client, commande: Commande) -> None:
    for number in (2, 3, 4):
        PageFactory(piece=commande.pieces.get(kind=PieceKind.IDENTITE), number=number)
    body = review(agent_client, commande).content.decode()
    assert re.findall(r"Page (\d) sur 4", body) == ["1", "2", "3", "4"]
    assert len(set(re.findall(r'<img src="([^"]*)"', body))) == 5


def test_page_shows_the_piece_refused_before_and_why(agent_client: Client, commande: Commande) -> None:
    """D2: history keeps both."""
    Piece.objects.filter(commande=commande, kind=PieceKind.PHOTO).update(
        refused_at=timezone.now(), refusal=["EYES"], replaced_at=timezone.now()
    )
    PieceFactory(commande=commande, kind=PieceKind.PHOTO)
    page = review(agent_client, commande)
    images = re.findall(r'<img src="([^"]*)" alt="([^"]*)"', page.content.decode())
    assert [alt for _, alt in images] == [
        "Photo d’identité, page 1",
        "Pièce d’identité, page 1",
        "Photo d’identité remplacée, page 1",
    ]
    assert [agent_client.get(image).status_code for image, _ in images] == [200] * 3
    assert "Pièces remplacées" in text(page)


def explained(commande: Commande) -> Piece:
    """Its photo gives way to an explanation."""
    commande.pieces.filter(kind=PieceKind.PHOTO).delete()
    told = Explanation(SansPhotoReason.BEDRIDDEN, SECRET)
    return store_explanation(commande=commande, explanation=told, now=timezone.now()).save()


def test_explanation_is_read_by_the_agent_in_place_of_the_photo(
    agent_client: Client, commande: Commande
) -> None:
    """P7: flagged; its bytes are served as no picture; it has reasons of its own."""
    piece = explained(commande)
    page = review(agent_client, commande)
    for shown in ("Sans photo", SECRET, SansPhotoReason.BEDRIDDEN.label, "Explication insuffisante"):
        assert shown in text(page)
    assert "Tête couverte" not in text(page)
    url = reverse("admin:carte_commande_image", args=[commande.reference, piece.pk, 1])
    assert agent_client.get(url).status_code == 404


def test_explanation_refused_is_in_no_message_mail_or_event(agent_client: Client, commande: Commande) -> None:
    explained(commande)
    decide(agent_client, commande, "corriger", EXPLANATION=["INSUFFICIENT"], send="1")
    assert stands(commande) == (_C.TO_CORRECT, 3)
    written = [commande.author.messages.get().body, *OutboxMail.objects.values_list("text", flat=True)]
    written += commande.events.values_list("reason", flat=True)
    for word in (SECRET, "alité", "BEDRIDDEN"):
        assert [word in one for one in written] == [False] * len(written)


def test_explanation_whose_file_is_gone_is_told(agent_client: Client, commande: Commande) -> None:
    page = explained(commande).pages.get()
    page.file.storage.delete(page.file.name)
    assert "L’explication ne peut pas être lue." in text(review(agent_client, commande))


def test_page_costs_a_fixed_number_of_queries(agent_client: Client, commande: Commande) -> None:
    def cost() -> int:
        review(agent_client, commande)
        with CaptureQueriesContext(connection) as captured:
            review(agent_client, commande)
        return len(captured)

    alone = cost()
    for _ in range(3):
        PieceFactory(commande=commande, replaced_at=timezone.now(), refused_at=timezone.now())
        CommandeFactory(author=assure_ready(caisse=commande.caisse), state=_C.SUBMITTED)
    assert (cost(), alone <= MOST) == (alone, True)


# --- Deciding ----------------------------------------------------------------------------------


def test_accept_needs_the_tick(agent_client: Client, commande: Commande) -> None:
    page = decide(agent_client, commande, "accepter")
    assert "Comparez les quatre points, puis cochez." in text(page)
    assert stands(commande) == (_C.IN_REVIEW, 2)
    decide(agent_client, commande, "accepter", compared="on")
    assert stands(commande) == (_C.ACCEPTED, 3)


SHOWN: dict[str, tuple[dict[str, Any], CommandeState, str, str]] = {
    "corriger": (
        {"PHOTO": ["EYES"]},
        _C.TO_CORRECT,
        "PHOTO:EYES",
        "Les yeux ne se voient pas bien.",
    ),
    "refuser": (
        {"motif": "UNVERIFIED"},
        _C.REJECTED,
        "REJECTION:UNVERIFIED",
        "Les pièces envoyées n’ont pas pu être vérifiées.",
    ),
    "annuler": (
        {"motif": "DUPLICATE"},
        _C.CANCELLED,
        "CANCELLATION:DUPLICATE",
        "Une autre demande est déjà traitée pour la même personne.",
    ),
}


@pytest.mark.parametrize(("name", "data", "state", "reason", "said"), [(n, *s) for n, s in SHOWN.items()])
def test_message_is_shown_then_sent_word_for_word(
    agent_client: Client,
    commande: Commande,
    *,
    name: str,
    data: dict[str, Any],
    state: CommandeState,
    reason: str,
    said: str,
) -> None:
    now = timezone.now().replace(microsecond=0)
    with time_machine.travel(now, tick=False):
        page = decide(agent_client, commande, name, **data)
        found = re.search(r"<pre[^>]*>(.*?)</pre>", page.content.decode(), re.DOTALL)
        assert found is not None
        assert said in unescape(found[1])
        assert (stands(commande), commande.author.messages.count()) == ((_C.IN_REVIEW, 2), 0)
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.content.decode())
        agent_client.post(page.wsgi_request.path, dict(hidden) | {"send": "1"})
    assert stands(commande) == (state, 3)
    assert commande.author.messages.get().body == unescape(found[1])
    assert commande.events.last().reason == reason
    assert [said in mail.text + mail.html for mail in OutboxMail.objects.all()] == [False]


NOTHING = {
    "corriger": ({}, "Cochez au moins un motif sous la pièce à redemander."),
    "refuser": ({}, "Choisissez un motif."),
    "annuler": ({}, "Choisissez un motif."),
}


@pytest.mark.parametrize(("name", "data", "said"), [(n, *s) for n, s in NOTHING.items()])
@pytest.mark.parametrize("send", [{}, {"send": "1"}], ids=["message", "send"])
def test_decision_without_a_reason_is_refused(
    agent_client: Client,
    commande: Commande,
    name: str,
    data: dict[str, Any],
    said: str,
    send: dict[str, str],
) -> None:
    assert said in text(decide(agent_client, commande, name, **data, **send))
    assert stands(commande) == (_C.IN_REVIEW, 2)


FORGED = {"corriger": {"PHOTO": ["EXPIRED"]}, "refuser": {"motif": "ASKED"}, "annuler": {"motif": "NO_RIGHT"}}


@pytest.mark.parametrize(("name", "data"), FORGED.items(), ids=FORGED)
def test_reason_of_another_list_is_refused(
    agent_client: Client, commande: Commande, name: str, data: dict[str, Any]
) -> None:
    assert decide(agent_client, commande, name, send="1", **data).status_code == 200
    assert stands(commande) == (_C.IN_REVIEW, 2)


def test_decision_that_does_not_exist_is_not_found(agent_client: Client, commande: Commande) -> None:
    assert decide(agent_client, commande, "oublier").status_code == 404


# --- A page that moved on (D4) -----------------------------------------------------------------


def over(_commande: Commande, _agent: Agent) -> None:
    expire_claims(timezone.now() + HOUR)


def taken_by_another(commande: Commande, agent: Agent) -> None:
    over(commande, agent)
    claim_next(user=AgentFactory(nom="MARTIN", caisse=agent.caisse).user, now=timezone.now())


def cancelled(commande: Commande, _agent: Agent) -> None:
    cancel_by_author(commande=commande, user=commande.author.user, now=timezone.now())


def accepted(commande: Commande, agent: Agent) -> None:
    accept(commande=commande, user=agent.user, version=2, now=timezone.now())


MEANWHILE: dict[str, tuple[Callable[[Commande, Agent], None], str]] = {
    "claim over": (over, "« Commande enregistrée » par le portail (délai écoulé)"),
    "taken by another": (taken_by_another, "« Pièces en cours de contrôle » par Dominique MARTIN"),
    "cancelled by its author": (cancelled, "« Commande annulée » par Camille"),
    "decided": (accepted, "« Demande acceptée » par Dominique"),
}
ANY = {"accepter": {"compared": "on"}, "remettre": {}} | {
    name: data | {"send": "1"} for name, (data, *_) in SHOWN.items()
}


@pytest.mark.parametrize(("meanwhile", "said"), MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize(("name", "data"), ANY.items(), ids=ANY)
def test_decision_on_a_page_that_moved_on_says_what_happened(
    agent_client: Client,
    agent: Agent,
    commande: Commande,
    *,
    meanwhile: Callable[[Commande, Agent], None],
    said: str,
    name: str,
    data: dict[str, Any],
) -> None:
    meanwhile(commande, agent)
    before = stands(commande)
    page = decide(agent_client, commande, name, **data)
    assert "La décision n’est pas prise" in text(page)
    assert said in text(page)
    assert stands(commande) == before


def test_message_is_not_shown_for_a_page_that_moved_on(agent_client: Client, commande: Commande) -> None:
    cancelled(commande, AgentFactory())
    page = decide(agent_client, commande, "corriger", PHOTO=["EYES"])
    assert "« Commande annulée » par Camille" in text(page)


def test_claim_over_is_refused_though_the_sweep_is_late(agent_client: Client, commande: Commande) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        assert review(agent_client, commande).context["mine"] is True
    Commande.objects.update(due_at=timezone.now())
    page = decide(agent_client, commande, "accepter", compared="on")
    assert "Elle n’est pas, ou n’est plus, entre vos mains." in text(page)
    assert stands(commande) == (_C.IN_REVIEW, 2)


@pytest.mark.parametrize("version", ["", "x", "-2", "²", "99"])
def test_version_nobody_saw_decides_nothing(agent_client: Client, commande: Commande, version: str) -> None:
    page = decide(agent_client, commande, "accepter", compared="on", version=version)
    assert "La décision n’est pas prise" in text(page)
    assert stands(commande) == (_C.IN_REVIEW, 2)


# --- Orders nobody holds -----------------------------------------------------------------------

OPEN_TO_AGENT = {_C.SUBMITTED, _C.ACCEPTED, _C.RETURNED}


@pytest.mark.parametrize("state", [state for state in CommandeState if state != _C.DRAFT])
def test_order_nobody_holds_may_only_be_cancelled(
    agent_client: Client, agent: Agent, state: CommandeState
) -> None:
    made = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=state)
    page = review(agent_client, made)
    assert list(page.context["forms"]) == (["annuler"] if state in OPEN_TO_AGENT else [])
    decide(agent_client, made, "annuler", motif="ASKED", version=made.version, send="1")
    assert (stands(made)[0] == _C.CANCELLED) == (state in OPEN_TO_AGENT | {_C.CANCELLED})


# --- The queue ---------------------------------------------------------------------------------


def test_queue_shows_first_what_the_centre_refused_and_why(agent_client: Client, agent: Agent) -> None:
    CommandeFactory(author=assure_ready(caisse=agent.caisse), state=_C.SUBMITTED)
    back = CommandeFactory(author=assure_ready(caisse=agent.caisse), state=_C.IN_PRODUCTION)
    step = Step(
        to=_C.SUBMITTED,
        actor=Actor.CENTRE,
        at=timezone.now(),
        reason="photo trop sombre",
        changes={"first_in_queue": True},
    )
    move(back, step)
    page = agent_client.get(reverse("admin:index"))
    assert page.context["oldest"][0] == back
    assert "Refusée par le centre : photo trop sombre" in text(page)
    assert claim_next(user=agent.user, now=timezone.now()) == back


def test_next_without_a_queue_says_so(agent_client: Client) -> None:
    page = agent_client.post(reverse("admin:carte_commande_next"), follow=True)
    assert "Aucune commande n’attend dans votre caisse." in text(page)


# --- The queue: what is in the agent's hands --------------------------------------------------------


def queue(client: Client) -> str:
    return text(client.get(reverse("admin:index")))


def test_order_in_ones_hands_is_taken_up_again_from_the_queue(
    commande: Commande, agent: Agent, agent_client: Client
) -> None:
    """D4: « Suivante » gives it back first, and the button says so."""
    commande.refresh_from_db()
    assert commande.due_at is not None
    again = f"Reprendre {display(commande.reference)}, à vous jusqu’à {time_of_day(commande.due_at)}"
    assert again.replace("\N{NO-BREAK SPACE}", " ") in queue(agent_client)
    CommandeFactory(author=assure_ready(caisse=agent.caisse), state=_C.SUBMITTED)
    both = queue(agent_client)
    assert [words in both for words in ("Reprendre ", "Suivante")] == [True, False]
    with time_machine.travel(commande.due_at, tick=False):
        assert "Reprendre " not in queue(agent_client)


def test_empty_queue_offers_nothing_to_take_up(agent_client: Client) -> None:
    page = queue(agent_client)
    assert "Aucune commande n’attend." in page
    assert "Reprendre" not in page
