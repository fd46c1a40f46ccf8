"""No regular photo: the explanation that stands for it (P7)."""

import json
import re
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Assure, Message, OutboxMail
from carte.commandes import NotADraft, OrderRefused, Stage, fingerprint, furthest_stage, submit_commande
from carte.enums import CommandeState, PieceForm, PieceKind, SansPhotoReason
from carte.forms import SansPhotoForm
from carte.models import Commande, CommandeEvent, Page, Piece
from carte.pieces import deposit_piece
from carte.sans_photo import TEXT_MAX, TEXT_MIN, Explanation, explain, read_explanation
from tests.factories import DAY, NOW, AdresseFactory, CommandeFactory, PieceFactory, explained, jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

WORDS = Explanation(SansPhotoReason.MEDICAL, "Un appareil couvre mon visage jusqu’à l’été.")
POSTED = {"reason": "MEDICAL", "text": WORDS.text}


def step(name: str, commande: Commande) -> str:
    return reverse(name, args=[commande.reference])


def draft(assure: Assure, *, identite: bool = True) -> Commande:
    """A draft with its pièce d'identité, and the explanation in the photo's place."""
    commande = CommandeFactory(author=assure)
    explained(commande)
    if identite:
        PieceFactory(commande=commande, kind=PieceKind.IDENTITE)
    return commande


# --- What is kept, and where -------------------------------------------------------------------


def test_explanation_is_read_back_as_it_was_written(assure: Assure) -> None:
    piece = explain(commande=CommandeFactory(author=assure), explanation=WORDS, now=NOW)
    assert (piece.kind, piece.form, piece.is_whole) == (PieceKind.PHOTO, PieceForm.EXPLANATION, True)
    assert read_explanation(piece) == WORDS
    assert WORDS.reason_label == "Raison médicale"


def test_explanation_is_in_the_file_and_in_no_row(assure: Assure) -> None:
    piece = explain(commande=CommandeFactory(author=assure), explanation=WORDS, now=NOW)
    page = piece.pages.get()
    with default_storage.open(page.file.name) as stored:
        assert json.loads(stored.read()).keys() == {"reason", "text", "salt"}
    rows = [*Piece.objects.values_list(), *Page.objects.values_list(), *Commande.objects.values_list()]
    assert not [row for row in rows if any(w in str(row) for w in ("MEDICAL", "appareil"))]


def test_same_words_never_make_the_same_fingerprint(assure: Assure) -> None:
    """A row's SHA-256 would else let one check a guess at the text."""
    commande = CommandeFactory(author=assure)
    made = [explain(commande=commande, explanation=WORDS, now=NOW).pages.get().sha256 for _ in range(2)]
    assert len(set(made)) == 2


@pytest.mark.django_db(transaction=True)  # files go once the transaction is committed
def test_explanation_and_photo_take_each_others_place(
    assure: Assure, stored_files: Callable[[], set[str]]
) -> None:
    commande = CommandeFactory(author=assure)
    photo = {"commande": commande, "kind": PieceKind.PHOTO, "data": jpeg(), "label": "moi.jpg"}
    deposit_piece(**photo, now=NOW)
    explain(commande=commande, explanation=WORDS, now=NOW)
    assert Piece.objects.get().form == PieceForm.EXPLANATION
    assert len(stored_files()) == 1
    deposit_piece(**photo, now=NOW)
    assert Piece.objects.get().form == PieceForm.PICTURE
    assert len(stored_files()) == 1


# --- The rules, as at a deposit ----------------------------------------------------------------


def test_explanation_waits_for_the_address_as_a_photo_does(
    assure: Assure, stored_files: Callable[[], set[str]]
) -> None:
    """E12: refused up to the last second of the wait, and nothing is left behind."""
    waiting = AdresseFactory(assure=assure, waiting=True)
    commande = CommandeFactory(author=assure)
    with pytest.raises(OrderRefused):
        explain(commande=commande, explanation=WORDS, now=waiting.usable_at - DAY / 86_400)
    assert stored_files() == set()
    assert explain(commande=commande, explanation=WORDS, now=waiting.usable_at) == Piece.objects.get()


def test_explanation_of_a_sent_order_is_refused(assure: Assure, stored_files: Callable[[], set[str]]) -> None:
    commande = CommandeFactory(author=assure, state=CommandeState.SUBMITTED)
    with pytest.raises(NotADraft):
        explain(commande=commande, explanation=WORDS, now=NOW)
    assert stored_files() == set()


@pytest.mark.parametrize(("identite", "stage"), [(False, Stage.IDENTITE), (True, Stage.VALIDATION)])
def test_explanation_is_a_whole_piece_for_the_steps(assure: Assure, stage: Stage, *, identite: bool) -> None:
    assert furthest_stage(draft(assure, identite=identite)) == stage


def test_another_explanation_changes_what_was_seen(assure: Assure) -> None:
    """C1."""
    commande = draft(assure)
    before = fingerprint(commande, None)
    explain(commande=commande, explanation=WORDS, now=NOW)
    assert fingerprint(commande, None) != before


@pytest.mark.parametrize("with_photo", [False, True])
def test_sent_order_is_flagged_by_its_current_photo(assure: Assure, *, with_photo: bool) -> None:
    commande = draft(assure)
    if with_photo:
        deposit_piece(commande=commande, kind=PieceKind.PHOTO, data=jpeg(), label="moi.jpg", now=NOW)
    assert submit_commande(commande=commande, now=NOW).sans_photo is not with_photo


def test_words_are_in_no_message_mail_or_event(assure: Assure) -> None:
    submit_commande(commande=draft(assure), now=NOW)
    told = [
        *Message.objects.values_list(),
        *OutboxMail.objects.values_list(),
        *CommandeEvent.objects.values_list(),
    ]
    assert not [row for row in told if re.search(r"lit depuis|BEDRIDDEN|alité", str(row))]


# --- The form ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", ["Écrivez votre explication."]),
        ("   \r\n ", ["Écrivez votre explication."]),
        ("a" * (TEXT_MIN - 1), ["Trop court\xa0: 19 caractère(s) trouvé(s), 20 au moins."]),
        (" " + "a" * (TEXT_MIN - 1) + " ", ["Trop court\xa0: 19 caractère(s) trouvé(s), 20 au moins."]),
        ("a" * TEXT_MIN, []),
        ("a" * TEXT_MAX, []),
        ("a\r\n" * (TEXT_MAX // 2 - 1) + "aa", []),  # a browser sends two characters for an end of line
        ("a" * (TEXT_MAX + 1), ["Trop long\xa0: 1001 caractères trouvés, 1000 au plus."]),
    ],
    ids=["empty", "blank", "19", "19 and spaces", "20", "1000", "1000 with ends of line", "1001"],
)
def test_text_is_judged_to_the_character(text: str, errors: list[str]) -> None:
    form = SansPhotoForm({"reason": "MEDICAL", "text": text})
    assert form.errors.get("text", []) == errors


@pytest.mark.parametrize("reason", ["", "HOLIDAY"])
def test_reason_is_one_of_those_of_the_rule(reason: str) -> None:
    assert SansPhotoForm(POSTED | {"reason": reason}).errors.keys() == {"reason"}
    assert SansPhotoReason.values == ["MEDICAL", "BEDRIDDEN", "PROTECTED"]


# --- The pages ---------------------------------------------------------------------------------


def test_explanation_leads_to_the_next_step_and_is_not_shown_again(
    assure_client: Client, assure: Assure
) -> None:
    commande = CommandeFactory(author=assure)
    url = step("sans_photo", commande)
    assert assure_client.post(url, POSTED).url == step("order_resume", commande)
    landed = assure_client.get(step("order_resume", commande), follow=True)
    assert landed.redirect_chain[-1][0] == step("order_identite", commande)
    assert "elle tient lieu de photo" in landed.content.decode()
    page = assure_client.get(url).content.decode()
    assert "Vous avez déjà écrit une explication" in page
    assert "appareil" not in page
    assert "checked" not in page


def test_page_says_what_the_explanation_would_replace(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure)
    PieceFactory(commande=commande)
    page = assure_client.get(step("sans_photo", commande)).content.decode()
    assert "elle remplace cette photo" in page


def test_what_was_typed_stays_in_a_form_refused(assure_client: Client, assure: Assure) -> None:
    response = assure_client.post(step("sans_photo", CommandeFactory(author=assure)), POSTED | {"reason": ""})
    assert response.context["form"]["text"].value() == WORDS.text
    assert not Piece.objects.exists()


def test_page_is_closed_while_the_address_waits(assure_client: Client, assure: Assure) -> None:
    """E12: no form, the reason, and a posted explanation is kept nowhere."""
    now = timezone.now()
    AdresseFactory(assure=assure, voie="1 RUE NEUVE", given_at=now, usable_at=now + 2 * DAY)
    url = step("sans_photo", CommandeFactory(author=assure))
    for response in (assure_client.get(url), assure_client.post(url, POSTED)):
        page = response.content.decode()
        assert 'data-regle="E12"' in page
        assert "<textarea" not in page
    assert not Piece.objects.exists()


def test_validation_tells_of_it_without_its_words(assure_client: Client, assure: Assure) -> None:
    commande = draft(assure)
    page = assure_client.get(step("order_validation", commande)).content.decode()
    assert "Sans photo, avec votre explication" in page
    assert step("photo_image", commande) not in page
    assert "lit depuis" not in page


def test_explanation_is_no_picture(assure_client: Client, assure: Assure) -> None:
    """Its author does not get it back, even by the address of the photo."""
    assert assure_client.get(step("photo_image", draft(assure))).status_code == 404


def test_order_goes_through_without_a_photo(assure_client: Client, assure: Assure) -> None:
    commande = draft(assure)
    assure_client.post(step("order_validation", commande), {"adresse": "on", "statement": "on"})
    commande.refresh_from_db()
    assert (commande.state, commande.sans_photo) == (CommandeState.SUBMITTED, True)
