"""Lost sessions, stale tabs, the back button, two tabs at once: nothing lost, nothing mixed, said clearly."""

import re
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Assure
from carte.enums import CommandeState, PieceKind
from carte.models import Commande, Piece
from tests.factories import (
    CODE,
    NOW,
    AssureFactory,
    CommandeFactory,
    PieceFactory,
    assure_ready,
    ayant_droit,
    explained,
    jpeg,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

HERE = "http://testserver"
TICKS = {"adresse": "on", "statement": "on"}
LOST = "Votre session avait pris fin"
SENT = "Cette commande est déjà envoyée"
BEFORE = "Vous vous êtes reconnecté depuis l’ouverture de cette page."


def step(name: str, commande: Commande) -> str:
    return reverse(name, args=[commande.reference])


def photo_file() -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("photo.jpg", jpeg())}


def said(page: str) -> list[str]:
    """What the notices at the top of the page say, their first words."""
    found = re.findall(r'<div class="notice[^"]*"\s+role="(?:status|alert)">\s*<p>(.*?)</p>', page, re.DOTALL)
    return [" ".join(words.split()) for words in found]


def sign_in(client: Client, url: str, assure: Assure) -> list[str]:
    """Sign in on the page one was sent to; give the addresses one is then led through, and the page."""
    posted = {"nir": assure.beneficiaire.nir, "code": CODE}
    with patch("accounts.views.sign_in.is_needed", return_value=False):  # a device known before (A11)
        response = client.post(url, posted, follow=True)
    client.page = response.content.decode()
    return [address for address, _ in response.redirect_chain]


@pytest.fixture
def draft(assure: Assure) -> Commande:
    """A whole draft whose conditions were read."""
    return whole_draft(author=assure, photo_conditions_at=NOW, identite_conditions_at=NOW)


# --- The session is lost -----------------------------------------------------------------------

STEPS = ["order_photo", "sans_photo", "order_identite", "order_validation"]


@pytest.mark.parametrize("name", STEPS)
def test_page_asked_without_a_session_is_reached_after_signing_in(
    client: Client, assure: Assure, draft: Commande, name: str
) -> None:
    """A6: no word is needed, nothing was sent."""
    asked = client.get(step(name, draft))
    assert sign_in(client, asked.url, assure) == [step(name, draft)]
    assert said(client.page) == []


POSTS = {
    "order_photo": photo_file,
    "order_identite": photo_file,
    "sans_photo": lambda: {"reason": "MEDICAL", "text": "Je ne peux pas quitter mon lit."},
    "order_validation": lambda: TICKS,
}


@pytest.mark.parametrize("name", STEPS)
def test_form_sent_without_a_session_leads_back_to_its_step_with_a_word(
    client: Client, assure: Assure, draft: Commande, name: str
) -> None:
    """A6: what was saved is there, what was just sent is not, and both pages say so."""
    before = list(Piece.objects.values_list("pk", "label"))
    response = client.post(step(name, draft), POSTS[name](), follow=True)
    assert [words[:24] for words in said(response.content.decode())] == ["Votre session a pris fin"]
    address = response.redirect_chain[-1][0]
    assert sign_in(client, address, assure) == [step(name, draft)]
    assert [words[: len(LOST)] for words in said(client.page)] == [LOST]
    assert list(Piece.objects.values_list("pk", "label")) == before
    draft.refresh_from_db()
    assert draft.is_draft
    assert said(client.get(step(name, draft)).content.decode()) == []  # told once


def test_ticks_lost_with_the_session_are_to_be_made_again(
    client: Client, assure: Assure, draft: Commande
) -> None:
    """C1: a tick holds for what one looked at when signed in."""
    response = client.post(step("order_validation", draft), TICKS)
    sign_in(client, response.url, assure)
    assert 'type="checkbox"' in client.page
    assert "checked" not in client.page


def test_button_with_an_address_of_its_own_leads_back_to_its_page(
    client: Client, assure: Assure, draft: Commande
) -> None:
    photo = step("order_photo", draft)
    response = client.post(step("photo_delete", draft), headers={"referer": f"{HERE}{photo}?a=b"})
    assert sign_in(client, response.url, assure) == [f"{photo}?a=b"]
    assert Piece.objects.filter(kind=PieceKind.PHOTO).count() == 1


@pytest.mark.parametrize("referer", ["https://faux.example/x/", "//faux.example/", "javascript:alert(1)", ""])
def test_page_of_another_site_is_never_led_to(client: Client, draft: Commande, referer: str) -> None:
    url = step("order_validation", draft)
    response = client.post(url, TICKS, headers={"referer": referer})
    assert response.url == f"{reverse('sign_in')}?interrompu=1&next={url}"


def test_wrong_code_on_the_way_back_loses_nothing(client: Client, assure: Assure, draft: Commande) -> None:
    door = client.post(step("order_validation", draft), TICKS).url
    refused = client.post(door, {"nir": assure.beneficiaire.nir, "code": "faux"})
    assert 'role="alert"' in refused.content.decode()
    assert sign_in(client, door, assure) == [step("order_validation", draft)]
    assert [words[: len(LOST)] for words in said(client.page)] == [LOST]


def test_who_signs_in_instead_finds_nothing_of_the_other(client: Client, draft: Commande) -> None:
    door = client.get(step("order_validation", draft)).url
    sign_in(client, door, assure_ready())
    assert "Cette page n’existe pas" in client.page


# --- A page opened before one signed in again ----------------------------------------------------


@pytest.fixture
def strict(assure: Assure) -> Client:
    """A browser with a page of a former session open: its forms carry a token that is no longer good."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    return browser


@pytest.mark.parametrize("name", STEPS)
def test_form_of_a_former_session_leads_back_to_its_step(strict: Client, draft: Commande, name: str) -> None:
    url = step(name, draft)
    response = strict.post(url, POSTS[name](), headers={"referer": HERE + url}, follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert [words[: len(BEFORE)] for words in said(response.content.decode())] == [BEFORE]
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize("referer", ["https://faux.example/", ""])
def test_form_forged_elsewhere_gets_the_bare_page(strict: Client, draft: Commande, referer: str) -> None:
    response = strict.post(step("order_validation", draft), TICKS, headers={"referer": referer})
    assert response.status_code == 403
    draft.refresh_from_db()
    assert draft.is_draft


# --- Once it is sent -----------------------------------------------------------------------------


@pytest.fixture
def gone(assure_client: Client, draft: Commande) -> Commande:
    """An order just sent from another tab."""
    assure_client.post(step("order_validation", draft), TICKS)
    draft.refresh_from_db()
    assert draft.state == CommandeState.SUBMITTED
    return draft


@pytest.mark.parametrize("name", STEPS)
def test_page_of_a_sent_order_leads_to_its_confirmation_with_a_word(
    assure_client: Client, gone: Commande, name: str
) -> None:
    """The back button, a bookmark, another tab."""
    response = assure_client.get(step(name, gone), follow=True)
    assert response.redirect_chain[-1] == (step("order_confirmation", gone), 302)
    assert [words[: len(SENT)] for words in said(response.content.decode())] == [SENT]


@pytest.mark.parametrize("name", ["order_photo", "sans_photo", "order_identite"])
def test_form_of_a_sent_order_changes_nothing_and_is_told(
    assure_client: Client, gone: Commande, name: str
) -> None:
    before = list(Piece.objects.values_list("pk", "label"))
    response = assure_client.post(step(name, gone), POSTS[name](), follow=True)
    assert response.redirect_chain[-1] == (step("order_confirmation", gone), 302)
    assert [words[: len(SENT)] for words in said(response.content.decode())] == [SENT]
    assert list(Piece.objects.values_list("pk", "label")) == before


def test_order_sent_twice_is_one_and_shown_twice(assure_client: Client, gone: Commande) -> None:
    """C2: nothing to worry about, so nothing more is said."""
    response = assure_client.post(step("order_validation", gone), TICKS, follow=True)
    assert response.redirect_chain == [(step("order_confirmation", gone), 302)]
    assert said(response.content.decode()) == []
    assert (Commande.objects.count(), gone.events.count()) == (1, 1)


def test_confirmation_reloaded_is_the_same(assure_client: Client, gone: Commande) -> None:
    pages = [assure_client.get(step("order_confirmation", gone)).content.decode() for _ in range(2)]
    without_token = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]
    assert without_token[0] == without_token[1]
    assert "Votre commande est envoyée" in pages[0]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (CommandeState.SUBMITTED, "order_confirmation"),
        (CommandeState.IN_REVIEW, "order_confirmation"),
        (CommandeState.ACCEPTED, "order_confirmation"),
        (CommandeState.IN_PRODUCTION, "order_confirmation"),
        (CommandeState.SHIPPED, "order_confirmation"),
        (CommandeState.TO_CORRECT, "tracking"),
        (CommandeState.DELIVERED, "tracking"),
        (CommandeState.RETURNED, "tracking"),
        (CommandeState.REJECTED, "tracking"),
        (CommandeState.CANCELLED, "tracking"),
        (CommandeState.DRAFT, "order_photo"),
    ],
)
def test_confirmation_kept_as_a_bookmark_promises_nothing_that_no_longer_holds(
    assure_client: Client, assure: Assure, state: CommandeState, shown: str
) -> None:
    commande = CommandeFactory(author=assure, state=state)
    response = assure_client.get(step("order_confirmation", commande), follow=True)
    assert response.request["PATH_INFO"] == step(shown, commande)


# --- Two tabs ------------------------------------------------------------------------------------


def test_two_drafts_for_two_children_in_two_tabs_never_mix(assure_client: Client, assure: Assure) -> None:
    children = [ayant_droit(assure, prenoms=name) for name in ("Ana", "Bea")]
    for child in children:  # both tabs begin
        assure_client.post(reverse("order_start"), {"beneficiaire": child.reference})
    ana, bea = (Commande.objects.get(beneficiaire=child) for child in children)
    for name, kind in (("order_photo", "photo"), ("order_identite", "piece")):
        for commande, who in ((ana, "ana"), (bea, "bea")):  # each step, one tab after the other
            url = step(name, commande)
            assure_client.post(url, {"action": "understand"})
            assure_client.post(url, {"file": SimpleUploadedFile(f"{kind}-{who}.jpg", jpeg())})
            if name == "order_identite":
                assure_client.post(url, {"action": "continue", "nature": "PASSEPORT"})
    assure_client.post(step("order_validation", bea), TICKS)
    ana.refresh_from_db()
    bea.refresh_from_db()
    assert (ana.state, bea.state) == (CommandeState.DRAFT, CommandeState.SUBMITTED)
    labels = {c: sorted(c.pieces.values_list("label", flat=True)) for c in (ana, bea)}
    assert labels == {ana: ["photo-ana.jpg", "piece-ana.jpg"], bea: ["photo-bea.jpg", "piece-bea.jpg"]}


def test_step_one_in_two_tabs_makes_one_draft(assure_client: Client, assure: Assure) -> None:
    chosen = {"beneficiaire": assure.beneficiaire.reference}
    urls = {assure_client.post(reverse("order_start"), chosen).url for _ in range(2)}
    assert urls == {step("order_resume", Commande.objects.get())}


def test_piece_deleted_in_another_tab_is_missed_before_the_sending(
    assure_client: Client, draft: Commande
) -> None:
    assure_client.post(step("photo_delete", draft))
    assure_client.get(step("order_photo", draft))  # says that it is deleted
    response = assure_client.post(step("order_validation", draft), TICKS, follow=True)
    assert response.redirect_chain[-1] == (step("order_photo", draft), 302)
    assert [words[:31] for words in said(response.content.decode())] == ["Une pièce n’est plus là, et rie"]


def test_order_of_the_other_parent_meanwhile_is_told_and_the_draft_kept(
    assure_client: Client, assure: Assure
) -> None:
    """C5, E1."""
    child = ayant_droit(assure, other := AssureFactory())
    commande = whole_draft(author=assure, beneficiaire=child)
    CommandeFactory(author=other, beneficiaire=child, state=CommandeState.SUBMITTED)
    page = assure_client.post(step("order_validation", commande), TICKS).content.decode()
    assert "Votre brouillon est gardé." in page
    assert 'data-regle="E1"' in page
    assert (commande.pieces.count(), Commande.objects.get(pk=commande.pk).is_draft) == (2, True)


@pytest.mark.parametrize(
    ("there", "reached"), [("nothing", "order_photo"), ("explanation", "order_identite")]
)
def test_bookmarked_step_leads_to_the_furthest_one(
    assure_client: Client, assure: Assure, there: str, reached: str
) -> None:
    commande = CommandeFactory(author=assure)
    if there == "explanation":
        explained(commande)
    response = assure_client.get(step("order_validation", commande), follow=True)
    assert response.redirect_chain[-1] == (step(reached, commande), 302)


def test_photo_changed_from_the_validation_page_leads_back_there(
    assure_client: Client, assure: Assure
) -> None:
    """Step 4: each link to change something comes back."""
    commande = CommandeFactory(author=assure, photo_conditions_at=NOW, identite_conditions_at=NOW)
    PieceFactory(commande=commande)
    PieceFactory(commande=commande, kind=PieceKind.IDENTITE)
    written = {"reason": "PROTECTED", "text": "Sa tutrice ne peut pas le faire photographier."}
    response = assure_client.post(step("sans_photo", commande), written, follow=True)
    assert response.redirect_chain[-1] == (step("order_validation", commande), 302)
