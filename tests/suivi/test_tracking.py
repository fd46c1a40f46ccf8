"""The tracking of an order, the dashboard: what is said in each state, to whom, and what to do (D7)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Assure
from carte.enums import CarteState, CommandeState, PieceKind
from carte.models import Carte, Commande
from carte.motifs import MotifList, encode
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    AssureFactory,
    CommandeFactory,
    assure_ready,
    ayant_droit,
    to_correct,
)
from vitale_portal.dates import long_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

C = CommandeState
SENT = [state for state in C if state != C.DRAFT]
WORKING = (C.SUBMITTED, C.IN_REVIEW, C.ACCEPTED, C.IN_PRODUCTION)


def shown(client: Client, commande: Commande) -> Any:
    return client.get(commande.get_absolute_url())


def html(client: Client, commande: Commande) -> str:
    """The page, all its spaces made plain ones."""
    return " ".join(shown(client, commande).content.decode().split())


def says(client: Client, commande: Commande, *words: str) -> list[bool]:
    page = html(client, commande)
    return [one in page for one in words]


def because(commande: Commande, which: MotifList, code: str, **event: Any) -> None:
    commande.events.filter(number=commande.version).update(reason=encode({which: [code]}), **event)


# --- What may be done --------------------------------------------------------------------------

# The links and buttons of the author, by state.
ACTS = ("order_correct", "order_cancel", "order_received", "never_received", "address", "order_start")
WAYS = {
    C.SUBMITTED: {"order_cancel"},
    C.IN_REVIEW: {"order_cancel"},
    C.TO_CORRECT: {"order_correct", "order_cancel"},
    C.ACCEPTED: {"order_cancel"},
    C.IN_PRODUCTION: set(),
    C.SHIPPED: {"order_received", "never_received"},
    C.DELIVERED: set(),
    C.RETURNED: {"address"},
    C.REJECTED: {"order_start"},
    C.CANCELLED: {"order_start"},
}


def offered(client: Client, commande: Commande) -> set[str]:
    page = html(client, commande).partition("<main")[2].partition("</main")[0]
    urls = {name: reverse(name, args=[commande.reference]) for name in ACTS[:4]}
    urls |= {"address": reverse("address"), "order_start": reverse("order_start")}
    return {name for name, url in urls.items() if f'"{url}' in page}


@pytest.mark.parametrize("state", SENT, ids=lambda state: state.value)
def test_tracking_offers_what_may_be_done_and_nothing_else(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    assert offered(assure_client, CommandeFactory(author=assure, state=state)) == WAYS[state]


@pytest.mark.parametrize("state", SENT, ids=lambda state: state.value)
def test_other_holder_sees_state_and_dates_alone(client: Client, state: CommandeState) -> None:
    author, other = assure_ready(), AssureFactory()
    commande = CommandeFactory(author=author, beneficiaire=ayant_droit(author, other), state=state)
    because(commande, MotifList.PHOTO, "EYES")
    client.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    response = shown(client, commande)
    assert (response.context["suite"], offered(client, commande)) == (None, set())
    page = response.content.decode()
    assert [words in page for words in (state.label, "yeux", "LILAS")] == [True, False, False]


# --- What is said ------------------------------------------------------------------------------


def test_order_to_correct_says_why_and_until_when(assure_client: Client, assure: Assure) -> None:
    commande = to_correct({PieceKind.PHOTO: ["EYES"], PieceKind.IDENTITE: ["CUT"]}, author=assure)
    said = says(
        assure_client,
        commande,
        "Ce que vous avez à faire",
        "Les yeux ne se voient pas bien.",
        "Reculez un peu",
        "Remplacer les pièces",
        "2 décembre 2026 à 10 h 00",
        "Une nouvelle date d’arrivée sera donnée quand la commande sera renvoyée.",
    )
    assert said == [True] * 6


def test_order_returned_says_to_give_an_address_and_until_when(assure_client: Client, assure: Assure) -> None:
    """D8."""
    commande = CommandeFactory(author=assure, state=C.RETURNED, deadline_at=NOW + 60 * DAY)
    words = (
        "Donnez une nouvelle adresse",
        "1er janvier 2027 à 10 h 00",
        "Ce que vous avez à faire",
    )
    assert says(assure_client, commande, *words) == [True] * 3


def test_order_returned_says_when_the_address_given_will_serve(assure_client: Client, assure: Assure) -> None:
    """D8: nothing more to do."""
    commande = CommandeFactory(author=assure, state=C.RETURNED, deadline_at=NOW + 60 * DAY)
    AdresseFactory(assure=assure, usable_at=timezone.now() + HOUR)
    assert says(assure_client, commande, "la même carte repartira alors") == [True]
    assert offered(assure_client, commande) == set()


ENDS = {
    "by the author": (C.SUBMITTED, {"actor": "AUTHOR"}, "", "Vous l’avez annulée le"),
    "by the caisse": (
        C.SUBMITTED,
        {"actor": "AGENT"},
        "CANCELLATION:DUPLICATE",
        "Votre caisse l’a annulée le",
    ),
    "not corrected": (C.TO_CORRECT, {"actor": "SYSTEM"}, "LAPSE:NOT_CORRECTED", "n’est pas arrivée à temps"),
    "no address": (C.RETURNED, {"actor": "SYSTEM"}, "LAPSE:NO_NEW_ADDRESS", "pas reçu de nouvelle adresse"),
    "never came": (
        C.SHIPPED,
        {"actor": "AUTHOR"},
        "jamais reçue ou perdue",
        "que la carte n’était pas arrivée",
    ),
}


@pytest.mark.parametrize(("before", "event", "reason", "said"), ENDS.values(), ids=ENDS)
def test_cancelled_order_says_by_whom_and_why(
    assure_client: Client,
    assure: Assure,
    before: CommandeState,
    event: dict[str, str],
    reason: str,
    said: str,
) -> None:
    commande = CommandeFactory(author=assure, state=C.CANCELLED)
    commande.events.filter(number=2).update(from_state=before, reason=reason, **event)
    assert says(assure_client, commande, said) == [True]


def test_refused_order_says_why_and_what_next(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, state=C.REJECTED)
    because(commande, MotifList.REJECTION, "UNVERIFIED")
    words = ("Les pièces envoyées n’ont pas pu être vérifiées.", "Présentez-vous", "pas d’accord")
    assert says(assure_client, commande, *words) == [True] * 3
    quiet, filled = "Refaire une demande", "button-primary"
    assert says(assure_client, commande, quiet, filled) == [True, False]


@pytest.mark.parametrize(
    ("motif", "words"), [("FIRST", "Commander une carte<"), ("REPLACEMENT", "Commander une nouvelle carte<")]
)
def test_cancelled_order_leads_to_another(
    assure_client: Client, assure: Assure, motif: str, words: str
) -> None:
    commande = CommandeFactory(author=assure, state=C.CANCELLED, motif=motif)
    assert says(assure_client, commande, words) == [True]


@pytest.mark.parametrize(
    ("since", "next_step"),
    [
        (DAY, "Sans nouvelle le "),
        (7 * DAY - HOUR, "Sans nouvelle le "),
        (7 * DAY, "Contactez votre caisse</a> avec"),
    ],
    ids=["a day", "nearly a week", "a week"],
)
def test_late_order_says_from_which_day_to_call(
    assure_client: Client, assure: Assure, since: timedelta, next_step: str
) -> None:
    """D7: « late orders say so », and what to do."""
    commande = CommandeFactory(author=assure, state=C.SHIPPED, expected_at=NOW - since)
    with time_machine.travel(NOW, tick=False):
        page = html(assure_client, commande)
        listed = " ".join(assure_client.get(reverse("tracking_list")).content.decode().split())
    day = f'<span class="nowrap">{long_date(NOW - since + 7 * DAY)}</span>'
    assert [next_step in page, next_step in listed] == [True, True]
    assert (day in page) is next_step.startswith("Sans")


@pytest.mark.parametrize("decided", [False, True])
def test_order_the_centre_refused_says_why_until_it_is_decided_again(
    assure_client: Client, assure: Assure, *, decided: bool
) -> None:
    commande = CommandeFactory(author=assure, state=C.SUBMITTED, first_in_queue=not decided)
    because(commande, MotifList.CENTRE, "LENGTH", from_state=C.IN_PRODUCTION, actor="CENTRE")
    words = ("n’ont pas pu être écrits sur la carte", "Un message vous prévient à chaque étape")
    assert says(assure_client, commande, *words) == [not decided, decided]


@pytest.mark.parametrize(("actor", "presumed"), [("SYSTEM", True), ("POST", False), ("AUTHOR", False)])
def test_delivery_that_was_presumed_says_so(
    assure_client: Client, assure: Assure, actor: str, *, presumed: bool
) -> None:
    commande = CommandeFactory(author=assure, state=C.DELIVERED)
    commande.events.filter(number=commande.version).update(actor=actor)
    assert says(assure_client, commande, "La poste ne nous a rien dit") == [presumed]


@pytest.mark.parametrize("state", SENT, ids=lambda state: state.value)
def test_late_order_says_so_and_what_to_do(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    past = timezone.now() - DAY
    commande = CommandeFactory(author=assure, state=state, expected_at=past)
    late = state in {*WORKING, C.SHIPPED}
    assert (
        says(assure_client, commande, "elle a du retard", "contactez votre caisse</a> avec la référence")
        == [late] * 2
    )


# --- Another address ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", SENT, ids=lambda state: state.value)
def test_new_address_is_offered_until_the_seal(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    """D5."""
    commande = CommandeFactory(author=assure, state=state, adresse=assure.adresses.get())
    AdresseFactory(assure=assure, voie="5 RUE NEUVE", usable_at=timezone.now() - HOUR)
    unsealed = state in {C.SUBMITTED, C.IN_REVIEW, C.TO_CORRECT, C.ACCEPTED}
    assert says(assure_client, commande, "5 RUE NEUVE", "Envoyer la carte à cette adresse") == [unsealed] * 2


# --- The dashboard -----------------------------------------------------------------------------


def test_what_waits_for_the_author_comes_first_with_its_action(assure_client: Client, assure: Assure) -> None:
    states = (C.IN_REVIEW, C.RETURNED, C.SHIPPED, C.TO_CORRECT)
    orders = {s: CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), state=s) for s in states}
    for name in ("dashboard", "tracking_list"):
        response = assure_client.get(reverse(name))
        waits = [row["waits"] for row in response.context["rows"]]
        assert waits == [True, True, False, False]
        page = response.content.decode()
        assert reverse("order_correct", args=[orders[C.TO_CORRECT].reference]) in page
        assert (page.count("Remplacer ce qui ne convient pas"), page.count("Faire repartir la carte")) == (
            1,
            1,
        )
        assert page.count("button-primary") == 1


def test_what_waits_for_the_other_parent_is_not_asked_here(client: Client) -> None:
    author, other = assure_ready(), AssureFactory()
    CommandeFactory(author=author, beneficiaire=ayant_droit(author, other), state=C.TO_CORRECT)
    client.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    response = client.get(reverse("dashboard"))
    assert [row["waits"] for row in response.context["rows"]] == [False]
    assert "Remplacer ce qui ne convient pas" not in response.content.decode()


def test_another_order_is_offered_only_where_it_is_open(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, state=C.CANCELLED)
    CommandeFactory(author=assure, state=C.SHIPPED)
    assert offered(assure_client, commande) == set()
    assert Carte.objects.get().state == CarteState.IN_TRANSIT


# --- Drafts in the list -------------------------------------------------------------------------


def test_list_shows_drafts_first_and_does_not_deny_them(assure_client: Client, assure: Assure) -> None:
    """C3: until when a draft is kept is said where it is taken up again."""
    child = ayant_droit(assure)
    draft = CommandeFactory(author=assure, beneficiaire=child, deadline_at=NOW + 30 * DAY)
    alone = " ".join(assure_client.get(reverse("tracking_list")).content.decode().split())
    kept = f"Elle sera effacée le {long_date(NOW + 30 * DAY)} si vous n’y touchez pas."
    words = (f"Commande pour {child.prenom}, pas encore envoyée", kept, "Vous n’avez pas encore envoyé")
    assert [one in alone for one in words] == [True, True, False]
    sent = CommandeFactory(author=assure, state=C.SUBMITTED)
    both = assure_client.get(reverse("tracking_list")).content.decode()
    assert (
        0 < both.index(reverse("order_resume", args=[draft.reference])) < both.index(sent.get_absolute_url())
    )


def test_list_leaves_out_drafts_one_cannot_open(assure_client: Client, assure: Assure) -> None:
    """B1: of somebody no longer attached, and of somebody else."""
    child, other = ayant_droit(assure), AssureFactory()
    CommandeFactory(author=assure, beneficiaire=child)
    CommandeFactory(author=other, beneficiaire=ayant_droit(assure, other))
    assure.rattachements.filter(beneficiaire=child).delete()
    response = assure_client.get(reverse("tracking_list"))
    assert list(response.context["drafts"]) == []
    assert "Vous n’avez pas encore envoyé de commande." in response.content.decode()
