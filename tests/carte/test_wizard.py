"""The order, step by step, as the site serves it (section 7)."""

import io
import re
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import Assure
from carte.enums import CommandeState, PieceForm, PieceKind
from carte.models import Commande, Piece
from tests.carte.pictures import plain
from tests.factories import (
    DAY,
    AdresseFactory,
    AssureFactory,
    CommandeFactory,
    PageFactory,
    PieceFactory,
    ayant_droit,
    jpeg,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

TICKS = {"adresse": "on", "statement": "on"}


def upload(name: str = "photo.jpg", data: bytes | None = None) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, jpeg() if data is None else data)}


def step(name: str, commande: Commande) -> str:
    return reverse(name, args=[commande.reference])


def text(response: object) -> str:
    """What a person reads: no tags, one space."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(words.split())


def test_order_goes_from_step_one_to_its_confirmation(assure_client: Client, assure: Assure) -> None:
    chosen = assure_client.post(reverse("order_start"), {"beneficiaire": assure.beneficiaire.reference})
    commande = Commande.objects.get()
    assert chosen.url == step("order_resume", commande)
    photo = step("order_photo", commande)
    assert assure_client.get(chosen.url).url == photo

    conditions = assure_client.get(photo)
    assert "J’ai compris" in text(conditions)
    assert 'type="file"' not in conditions.content.decode()
    assert assure_client.post(photo, {"action": "understand"}).url == photo
    assert assure_client.post(photo, upload()).url == photo
    identite = step("order_identite", commande)
    assert assure_client.post(photo, {"action": "continue"}).url == chosen.url
    assert assure_client.get(chosen.url).url == identite

    assure_client.post(identite, {"action": "understand"})
    assure_client.post(identite, upload("passeport.jpg"))
    assert assure_client.post(identite, {"action": "continue", "nature": "PASSEPORT"}).url == chosen.url
    validation = step("order_validation", commande)
    assert assure_client.get(chosen.url).url == validation

    page = text(assure_client.get(validation))
    for shown in ("12 RUE DES LILAS", "Passeport", "L114-13"):
        assert shown in page
    sent = assure_client.post(validation, TICKS)
    assert sent.url == step("order_confirmation", commande)
    commande.refresh_from_db()
    assert commande.state == CommandeState.SUBMITTED
    confirmation = text(assure_client.get(sent.url))
    assert "Votre commande est envoyée" in confirmation
    # Reloaded, gone back to, sent again: the same order (C2).
    assert assure_client.post(validation, TICKS).url == sent.url
    assert assure_client.get(photo).url == chosen.url
    assert Commande.objects.count() == 1


@pytest.mark.parametrize(
    ("pieces", "asked", "brought_to"),
    [
        ((), "order_identite", "order_photo"),
        ((), "order_validation", "order_photo"),
        ((), "order_confirmation", "order_photo"),
        ((PieceKind.PHOTO,), "order_validation", "order_identite"),
        ((PieceKind.IDENTITE,), "order_identite", "order_photo"),
    ],
)
def test_later_step_is_refused_before_those_ahead(
    assure_client: Client, assure: Assure, pieces: tuple[PieceKind, ...], asked: str, brought_to: str
) -> None:
    commande = CommandeFactory(author=assure)
    for kind in pieces:
        PieceFactory(commande=commande, kind=kind)
    response = assure_client.get(step(asked, commande), follow=True)
    assert response.redirect_chain[-1][0] == step(brought_to, commande)


@pytest.mark.django_db(transaction=True)  # files go once the transaction is committed
def test_photo_is_shown_replaced_and_deleted(
    assure_client: Client, assure: Assure, stored_files: Callable[[], set[str]]
) -> None:
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    photo = step("order_photo", commande)
    assert "disabled" in assure_client.get(photo).content.decode()

    assure_client.post(photo, upload("une.jpg"))
    page = assure_client.get(photo).content.decode()
    assert "une.jpg" in page
    assert f'href="{step("order_identite", commande)}">Continuer' in page
    image = assure_client.get(step("photo_image", commande))
    assert image["Content-Type"] == "image/jpeg"
    assert image["Cache-Control"] == "private, no-store"
    assert b"".join(image.streaming_content)[:2] == b"\xff\xd8"

    assure_client.post(photo, upload("deux.jpg"))
    assert Piece.objects.get().label == "deux.jpg"
    assert len(stored_files()) == 1

    assert assure_client.post(step("photo_delete", commande)).url == photo
    assert stored_files() == set()
    assert assure_client.get(step("photo_image", commande)).status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Votre fichier est vide (0 octet)"),
        (plain(300, 400)[:2000], "le minimum est de 50"),
        (b"%PDF-1.7" + b" " * 60_000, "JPEG"),
        (b"<html>" + b" " * 60_000, "JPEG"),
    ],
    ids=["empty", "too-light", "pdf", "html"],
)
def test_wrong_file_is_refused_next_to_the_field_and_loses_nothing(
    assure_client: Client, assure: Assure, data: bytes, sentence: str
) -> None:
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    kept = PieceFactory(commande=commande)
    response = assure_client.post(step("order_photo", commande), upload(data=data))
    assert response.status_code == 200
    assert sentence in text(response)
    assert 'aria-invalid="true"' in response.content.decode()
    assert Piece.objects.get() == kept


def cut_body(client: Client, url: str, part: float) -> bytes:
    """Part of a body as a browser writes it: the fields in the order of the page, its token last."""
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(url).content.decode())[-1]
    fields = upload("deux.jpg") | {"csrfmiddlewaretoken": token}
    body = encode_multipart(BOUNDARY, fields)
    return body[: int(part * len(body))]


@pytest.mark.parametrize(("part", "label"), [(0.5, "une.jpg"), (0.995, "une.jpg"), (1, "deux.jpg")])
def test_upload_cut_half_way_leaves_what_was_there(assure: Assure, part: float, label: str) -> None:
    """A JPEG padded with zeros is whole wherever it is cut: only the missing token tells."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    PieceFactory(commande=commande, label="une.jpg")
    url = step("order_photo", commande)
    client.generic("POST", url, cut_body(client, url, part), MULTIPART_CONTENT)
    assert Piece.objects.get().label == label


@pytest.mark.parametrize(("query", "width"), [("", 300), ("?page=1", 300), ("?page=2", 310)])
def test_each_page_of_a_piece_is_served_by_its_number(
    assure_client: Client, assure: Assure, query: str, width: int
) -> None:
    """P4: a PDF is kept as images, one a page."""
    commande = whole_draft(author=assure)
    identite = commande.pieces.get(kind=PieceKind.IDENTITE)
    PageFactory(piece=identite, number=2, file=ContentFile(plain(310, 410), "stored.jpg"))
    response = assure_client.get(step("identite_image", commande) + query)
    assert Image.open(io.BytesIO(response.getvalue())).width == width


@pytest.mark.parametrize("query", ["?page=2", "?page=0", "?page=x", "?page=99999999999999999999"])
def test_page_that_is_not_there_is_not_found(assure_client: Client, assure: Assure, query: str) -> None:
    commande = whole_draft(author=assure)
    assert assure_client.get(step("photo_image", commande) + query).status_code == 404


def test_photo_is_turned_and_said(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    PieceFactory(commande=commande)
    answer = assure_client.post(step("photo_turn", commande), {"page": 1}, follow=True)
    assert answer.redirect_chain == [(step("order_photo", commande), 302)]
    assert "L’image est pivotée d’un quart de tour." in text(answer)
    page = commande.pieces.get().pages.get()
    assert (page.width, page.height) == (400, 300)


@pytest.mark.parametrize("page", ["2", "x"])
def test_page_that_is_not_there_is_not_turned(assure_client: Client, assure: Assure, page: str) -> None:
    commande = whole_draft(author=assure)
    assert assure_client.post(step("photo_turn", commande), {"page": page}).status_code == 404


def test_photo_too_small_lying_is_not_turned_and_it_is_said(assure_client: Client, assure: Assure) -> None:
    """P2: the definition is asked of the picture upright."""
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    PieceFactory(commande=commande, width=212, height=271)
    answer = assure_client.post(step("photo_turn", commande), {"page": 1}, follow=True)
    assert "Votre image mesure 271 × 212 pixels" in text(answer)
    assert commande.pieces.get().pages.get().width == 300


@pytest.mark.parametrize("name", ["photo_turn", "photo_delete"])
def test_piece_of_an_order_that_was_sent_is_left_as_it_is(
    assure_client: Client, assure: Assure, name: str
) -> None:
    commande = CommandeFactory(author=assure, state=CommandeState.SUBMITTED)
    PieceFactory(commande=commande)
    assert assure_client.post(step(name, commande)).url == step("order_resume", commande)
    assert commande.pieces.get().pages.get().width == 300


def test_piece_is_not_turned_while_the_address_waits(assure_client: Client, assure: Assure) -> None:
    """B3, E12."""
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    PieceFactory(commande=commande)
    now = timezone.now()
    AdresseFactory(assure=assure, voie="1 RUE NEUVE", given_at=now, usable_at=now + 2 * DAY)
    answer = assure_client.post(step("photo_turn", commande), follow=True)
    assert "Vos documents ne peuvent pas être déposés maintenant" in text(answer)
    assert commande.pieces.get().pages.get().width == 300


def test_explanation_shows_in_the_photos_place_and_is_never_served(
    assure_client: Client, assure: Assure
) -> None:
    """P7: its text is for agents; a photo may still take its place."""
    commande = CommandeFactory(author=assure)
    PieceFactory(commande=commande, form=PieceForm.EXPLANATION)
    page = assure_client.get(step("order_photo", commande))
    assert "Vous avez expliqué pourquoi il n’y a pas de photo." in text(page)
    assert f'href="{step("sans_photo", commande)}">Changer l’explication' in page.content.decode()
    for name in ("photo_image", "photo_turn"):
        assert {assure_client.get(step(name, commande)).status_code} <= {404, 405}
    assert assure_client.post(step("photo_turn", commande)).status_code == 404
    assert assure_client.post(step("order_photo", commande), upload()).url == step("order_photo", commande)
    assert commande.pieces.get().form == PieceForm.PICTURE


def test_nothing_chosen_is_told(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    assert "Choisissez un fichier, ou prenez une photo." in text(
        assure_client.post(step("order_photo", commande), {})
    )


def test_identite_needs_its_nature(assure_client: Client, assure: Assure) -> None:
    commande = CommandeFactory(author=assure, identite_conditions_at=timezone.now())
    PieceFactory(commande=commande)
    PieceFactory(commande=commande, kind=PieceKind.IDENTITE, nature="")
    response = assure_client.post(step("order_identite", commande), {"action": "continue"})
    assert "Dites de quel document il s’agit." in text(response)
    assert assure_client.get(step("order_resume", commande)).url == step("order_identite", commande)


@pytest.mark.parametrize("missing", ["adresse", "statement"])
def test_both_ticks_are_required(assure_client: Client, assure: Assure, missing: str) -> None:
    commande = whole_draft(author=assure)
    ticks = {name: value for name, value in TICKS.items() if name != missing}
    response = assure_client.post(step("order_validation", commande), ticks)
    assert response.context["form"].errors.keys() == {missing}
    commande.refresh_from_db()
    assert commande.is_draft


def test_deposit_waits_for_the_address(assure_client: Client, assure: Assure) -> None:
    """B3, E12: a draft may start, documents may not be deposited; date and hour are told."""
    now = timezone.now()
    AdresseFactory(assure=assure, voie="1 RUE NEUVE", given_at=now, usable_at=now + 2 * DAY)
    commande = CommandeFactory(author=assure, photo_conditions_at=now)
    page = assure_client.get(step("order_photo", commande)).content.decode()
    assert 'data-regle="E12"' in page
    assert 'type="file"' not in page
    assert assure_client.post(step("order_photo", commande), upload()).status_code == 200
    assert not Piece.objects.exists()


def test_draft_refused_at_sending_is_kept_with_the_reason(assure_client: Client, assure: Assure) -> None:
    """C5: the second of two parents meets E1."""
    other = AssureFactory()
    child = ayant_droit(assure, other)
    commande = whole_draft(author=assure, beneficiaire=child)
    CommandeFactory(author=other, beneficiaire=child, state=CommandeState.SUBMITTED)
    response = assure_client.post(step("order_validation", commande), TICKS)
    assert 'data-regle="E1"' in response.content.decode()
    assert "par une autre personne du foyer" in text(response)
    commande.refresh_from_db()
    assert commande.is_draft


def test_beneficiaire_comes_chosen_from_a_link(assure_client: Client, assure: Assure) -> None:
    """C4."""
    child = ayant_droit(assure)
    page = assure_client.get(reverse("order_start"), {"beneficiaire": child.reference}).content.decode()
    assert re.search(rf'value="{child.reference}" checked', page)


def test_step_one_refuses_a_stranger(assure_client: Client) -> None:
    stranger = AssureFactory().beneficiaire
    response = assure_client.post(reverse("order_start"), {"beneficiaire": stranger.reference})
    assert "Choisissez une personne de la liste." in text(response)
    assert not Commande.objects.exists()


def test_step_one_refuses_whom_the_rules_refuse(assure_client: Client, assure: Assure) -> None:
    child = ayant_droit(assure, date_naissance=timezone.localdate())
    response = assure_client.post(reverse("order_start"), {"beneficiaire": child.reference})
    assert "n’est pas ouverte" in text(response)
    assert 'data-regle="E6"' in response.content.decode()
    assert not Commande.objects.exists()
