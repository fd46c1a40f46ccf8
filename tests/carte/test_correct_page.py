"""The page that takes another piece: what it shows, what it answers, what it says when all has moved (D2)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Assure
from carte.annulation import cancel_by_author
from carte.corrections import correct_piece
from carte.enums import CommandeState, PieceKind
from carte.models import Commande, Piece
from carte.views import correct
from tests.factories import NOW, CommandeFactory, explained, jpeg, to_correct

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

PHOTO, IDENTITE = PieceKind
EYES, EXPIRED = {PHOTO: ["EYES"]}, {IDENTITE: ["EXPIRED"]}
SLUGS = {PHOTO: "photo", IDENTITE: "piece-identite"}
_C = CommandeState
WORDS = {"reason": "MEDICAL", "text": "Un appareil couvre mon visage jusqu’à l’été."}


def page(commande: Commande, query: str = "", name: str = "order_correct") -> str:
    return reverse(name, args=[commande.reference]) + query


def put(client: Client, commande: Commande, kind: PieceKind, data: bytes | None = None) -> Any:
    slug = SLUGS[kind]
    file = SimpleUploadedFile("neuve.jpg", jpeg() if data is None else data)
    return client.post(page(commande, f"?piece={slug}"), {f"{slug}-file": file}, follow=True)


def news(commande: Commande) -> list[str]:
    rows = Piece.objects.filter(commande=commande, refused_at=None, replaced_at=None)
    return list(rows.order_by("kind").values_list("kind", flat=True))


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def state_of(commande: Commande) -> str:
    return Commande.objects.get(pk=commande.pk).state


# --- What it shows -----------------------------------------------------------------------------


def test_page_shows_what_was_refused_why_and_how_to_mend(assure_client: Client, assure: Assure) -> None:
    commande = to_correct(EYES, author=assure)
    response = assure_client.get(page(commande))
    [demande] = response.context["demandes"]
    assert (demande["label"], demande["piece"]) == ("photo d’identité", None)
    html = response.content.decode()
    for words in ("Les yeux ne se voient pas bien.", "Gardez les yeux ouverts", demande["refused_url"]):
        assert html.count(words) == 1
    assert "Pièce d’identité refusée" not in html


def test_page_of_two_pieces_repeats_no_identifier(assure_client: Client, assure: Assure) -> None:
    commande = to_correct(EYES | EXPIRED, author=assure)
    for kind in PieceKind:
        put(assure_client, commande, kind)
    html = assure_client.get(page(commande)).content.decode()
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))
    assert html.count("data-upload-form") == 2


@pytest.mark.parametrize("state", [s for s in _C if s not in {_C.TO_CORRECT, _C.DRAFT}])
@pytest.mark.parametrize("name", ["order_correct", "correct_sans_photo"])
def test_page_of_an_order_that_asks_for_nothing_leads_to_its_tracking(
    assure_client: Client, assure: Assure, state: CommandeState, name: str
) -> None:
    commande = CommandeFactory(author=assure, state=state)
    response = assure_client.get(page(commande, name=name), follow=True)
    assert response.redirect_chain == [(commande.get_absolute_url(), 302)]
    assert said(response) == [correct.NOT_ASKED]


def test_page_of_a_draft_leads_to_its_steps(assure_client: Client, assure: Assure) -> None:
    draft = CommandeFactory(author=assure)
    response = assure_client.get(page(draft))
    assert response["Location"] == page(draft, name="order_resume")


# --- Whose pictures ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("motifs", "name", "status"),
    [
        (EYES, "refused_photo", 200),
        (EYES, "refused_identite", 404),
        (EXPIRED, "refused_identite", 200),
        (EXPIRED, "refused_photo", 404),
    ],
)
def test_refused_picture_is_served_while_another_is_awaited(
    assure_client: Client, assure: Assure, motifs: dict[PieceKind, list[str]], name: str, status: int
) -> None:
    commande = to_correct(motifs, author=assure)
    response = assure_client.get(page(commande, name=name))
    assert response.status_code == status
    if status == 200:
        assert (response["Content-Type"], response["Cache-Control"]) == ("image/jpeg", "private, no-store")
        assert assure_client.get(page(commande, "?page=2", name)).status_code == 404
    cancel_by_author(commande=commande, user=assure.user, now=NOW)
    assert assure_client.get(page(commande, name=name)).status_code == 404


def test_refused_explanation_is_shown_to_nobody_here(assure_client: Client, assure: Assure) -> None:
    """P7."""
    commande = to_correct(EXPIRED, author=assure)
    commande.pieces.filter(kind=PHOTO).delete()
    piece = explained(commande)
    at = commande.events.last().at
    Piece.objects.filter(pk=piece.pk).update(refused_at=at, refusal=["INSUFFICIENT"])
    assert assure_client.get(page(commande, name="refused_photo")).status_code == 404
    for name in ("order_correct", "correct_sans_photo"):
        html = assure_client.get(page(commande, name=name)).content.decode()
        assert ("L’explication ne suffit pas" in html, "mon lit" in html) == (True, False)


# --- Another piece -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PieceKind)
def test_new_piece_is_taken_and_told(assure_client: Client, assure: Assure, kind: PieceKind) -> None:
    commande = to_correct({kind: ["UNREADABLE"]}, author=assure)
    response = put(assure_client, commande, kind)
    assert response.redirect_chain == [(page(commande), 302)]
    assert said(response) == [correct.RECEIVED]
    assert sorted(news(commande)) == ["IDENTITE", "PHOTO"]
    assert state_of(commande) == _C.TO_CORRECT


def test_file_refused_is_told_next_to_its_own_field(assure_client: Client, assure: Assure) -> None:
    """P2: the answer comes from the page's own address, so that the module swaps it in."""
    commande = to_correct(EYES | EXPIRED, author=assure)
    response = put(assure_client, commande, IDENTITE, b"GIF89a")
    assert (response.status_code, response.redirect_chain) == (200, [])
    errors = [bool(demande["form"].errors) for demande in response.context["demandes"]]
    assert (errors, news(commande)) == ([False, True], [])
    assert "<title>Erreur\N{NO-BREAK SPACE}: " in response.content.decode()


def test_nothing_chosen_is_told(assure_client: Client, assure: Assure) -> None:
    commande = to_correct(EYES, author=assure)
    form = assure_client.post(page(commande, "?piece=photo")).context["demandes"][0]["form"]
    assert form.errors == {"file": ["Choisissez un fichier, ou prenez une photo."]}


@pytest.mark.parametrize("query", ["", "?piece=autre", "?acte=supprimer", "?piece=&acte=pivoter"])
def test_act_on_no_piece_is_not_found(assure_client: Client, assure: Assure, query: str) -> None:
    commande = to_correct(EYES, author=assure)
    assert assure_client.post(page(commande, query)).status_code == 404


def test_new_piece_is_turned_and_deleted(assure_client: Client, assure: Assure) -> None:
    commande = to_correct(EXPIRED, author=assure)
    put(assure_client, commande, IDENTITE)
    acts = ("pivoter", "supprimer")
    told = [
        said(assure_client.post(page(commande, f"?piece=piece-identite&acte={act}"), follow=True))
        for act in acts
    ]
    assert told == [[correct.TURNED], [correct.DELETED]]
    assert news(commande) == ["PHOTO"]


@pytest.mark.parametrize("number", ["1", "9", "x", ""])
def test_turning_what_is_not_there_changes_nothing(
    assure_client: Client, assure: Assure, number: str
) -> None:
    commande = to_correct(EYES, author=assure)
    response = assure_client.post(page(commande, "?piece=photo&acte=pivoter"), {"page": number}, follow=True)
    assert (response.redirect_chain, said(response)) == ([(page(commande), 302)], [])


def test_explanation_takes_the_place_of_the_photo(assure_client: Client, assure: Assure) -> None:
    """P7."""
    commande = to_correct(EYES, author=assure)
    url = page(commande, name="correct_sans_photo")
    assert list(assure_client.post(url, WORDS | {"text": "court"}).context["form"].errors) == ["text"]
    response = assure_client.post(url, WORDS, follow=True)
    assert (response.redirect_chain, said(response)) == ([(page(commande), 302)], [correct.EXPLAINED])
    html = response.content.decode()
    assert ("Vous avez expliqué pourquoi" in html, "appareil couvre" in html) == (True, False)
    assure_client.post(page(commande, "?acte=renvoyer"))
    row = Commande.objects.get(pk=commande.pk)
    assert (row.state, row.sans_photo) == (_C.SUBMITTED, True)


# --- Sending again -----------------------------------------------------------------------------


def test_order_is_sent_again_from_the_page_and_twice_told_once_done(
    assure_client: Client, assure: Assure
) -> None:
    commande = to_correct(EYES, author=assure)
    put(assure_client, commande, PHOTO)
    for _ in range(2):
        response = assure_client.post(page(commande, "?acte=renvoyer"), follow=True)
        assert response.redirect_chain == [(commande.get_absolute_url(), 302)]
        assert said(response) == [correct.SENT]
    assert (state_of(commande), commande.events.count()) == (_C.SUBMITTED, 4)


def test_order_is_not_sent_again_without_what_is_missing(assure_client: Client, assure: Assure) -> None:
    commande = to_correct(EYES | EXPIRED, author=assure)
    put(assure_client, commande, PHOTO)
    response = assure_client.post(page(commande, "?acte=renvoyer"), follow=True)
    assert (said(response), state_of(commande)) == ([correct.MISSING], _C.TO_CORRECT)
    assert response.context["ready"] is False


@pytest.mark.parametrize(("nature", "sent"), [("", False), ("AUTRE", False), ("TITRE_SEJOUR", True)])
def test_new_piece_of_identity_is_named(
    assure_client: Client, assure: Assure, *, nature: str, sent: bool
) -> None:
    commande = to_correct(EXPIRED, author=assure)
    response = put(assure_client, commande, IDENTITE)
    assert response.context["nature_form"].initial == {"nature": ""}
    response = assure_client.post(page(commande, "?acte=renvoyer"), {"nature": nature})
    assert response.status_code == (302 if sent else 200)
    assert (state_of(commande) == _C.SUBMITTED) is sent
    if not sent:
        assert list(response.context["nature_form"].errors) == ["nature"]


# --- What happened meanwhile -------------------------------------------------------------------

STALE: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "a photo": ("?piece=photo", lambda: {"photo-file": SimpleUploadedFile("a.jpg", jpeg())}),
    "a deletion": ("?piece=photo&acte=supprimer", dict),
    "the sending": ("?acte=renvoyer", dict),
}


@pytest.mark.parametrize(("query", "data"), STALE.values(), ids=STALE)
def test_page_of_an_order_cancelled_meanwhile_says_so(
    assure_client: Client, assure: Assure, query: str, data: Callable[[], dict[str, Any]]
) -> None:
    commande = to_correct(EYES, author=assure)
    correct_piece(commande=commande, kind=PHOTO, data=jpeg(), label="a.jpg", now=NOW)
    cancel_by_author(commande=commande, user=assure.user, now=NOW)
    before = list(Piece.objects.values_list("pk", "replaced_at"))
    response = assure_client.post(page(commande, query), data(), follow=True)
    assert response.redirect_chain == [(commande.get_absolute_url(), 302)]
    assert said(response) == [correct.NOT_ASKED]
    assert list(Piece.objects.values_list("pk", "replaced_at")) == before


def test_correction_left_half_way_is_found_again(assure_client: Client, assure: Assure) -> None:
    commande = to_correct(EYES | EXPIRED, author=assure)
    put(assure_client, commande, PHOTO)
    demandes = assure_client.get(page(commande)).context["demandes"]
    assert [demande["piece"] is not None for demande in demandes] == [True, False]
