"""Files given in a browser: refused with a sentence, made lighter, stopped, always upright (P1 to P4)."""

import re
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import Agent, Assure
from carte.commandes import submit_commande
from carte.controle import accept
from carte.enums import PieceKind
from carte.models import Piece
from carte.pieces import deposit_piece
from tests.browser.conftest import SignedIn
from tests.browser.steps import (
    SCREEN,
    focused,
    give,
    near,
    path,
    picture,
    press,
    ready_for_photo,
    rendered_corners,
    send,
)
from tests.carte.pictures import (
    CORNERS,
    STORED_TURNED,
    colours_at_corners,
    corners,
    encoded,
    exif,
    padded,
    plain,
    turned,
)
from tests.factories import NOW, assure_ready, jpeg

pytestmark = pytest.mark.browser

CEILING = 2_097_152  # bytes, section 2
WAYS_OUT = "Enregistrez-le autrement, ou prenez une nouvelle photo."
TEXT = (
    picture(b"une liste\n" * 6000),
    f"Votre fichier est un fichier texte, cette étape accepte : JPEG, PNG et PDF. {WAYS_OUT}",
)
HEAVY = (
    picture(padded(plain(300, 400), CEILING + 1)),
    (
        "Votre fichier pèse 2,1 Mo, le maximum est de 2 Mo. Réduisez-le, ou choisissez-en un autre : sur "
        "téléphone, la taille « moyenne » convient."
    ),
)
LIGHTER = re.compile(
    r"^Cette image était trop lourde : elle est allégée de \d,\d Mo à ([\d,]+ [KM]o)\. "
    r"Vérifiez l’aperçu, puis envoyez-la\.$"
)
LOOK = "Vérifiez l’aperçu, puis envoyez le fichier."
RECEIVED = "Votre fichier est reçu. Vérifiez-le, puis continuez."
DELETED = "Le fichier est supprimé. Vous pouvez en envoyer un autre."
FAILED = (
    "L’envoi n’a pas abouti, et rien n’a été enregistré. Vérifiez votre connexion, puis envoyez à nouveau."
)
# What a person’s own gesture would hand over: a picture, by the clipboard or by the mouse.
HAND_OVER = """(node, [event, data, bytes]) => {
  const handed = new DataTransfer();
  handed.items.add(new File([new Uint8Array(bytes)], "copie.jpg", { type: "image/jpeg" }));
  const Kind = event === "paste" ? ClipboardEvent : DragEvent;
  node.dispatchEvent(new Kind(event, { [data]: handed, bubbles: true, cancelable: true }));
}"""
TOO_HEAVY_TO_SEND = (
    "Votre envoi est trop lourd. Il pèse 11,1 Mo ; ce site reçoit au plus 10 Mo à la fois. Rien n’a été "
    "enregistré de cet envoi ; ce qui l’était avant l’est toujours."
)


@pytest.fixture
def beyond(tmp_path: Path) -> Path:
    """A file the server does not even read."""
    file = tmp_path / "film.jpg"
    file.write_bytes(b"\0" * 11_000_000)
    return file


def grainy(orientation: int) -> bytes:
    """The four corners around a noise that nothing compresses: over the ceiling, and turned."""
    image = corners(1500, 2000)
    noise = Image.merge("RGB", [Image.effect_noise((900, 1200), 100) for _ in "RGB"])
    image.paste(noise, (300, 400))
    return encoded(image.transpose(STORED_TURNED[orientation]), exif=exif(orientation).tobytes())


def show_to_agent(desk: Page) -> None:
    """Open the review of the one order that waits."""
    desk.goto("/gestion/")
    press(desk, "Suivante")


def assert_upright(desk: Page, piece: Piece) -> None:
    """As served to the agent and as his browser shows it, each corner has its colour."""
    image = desk.locator("[data-picture] img").first
    served = desk.request.get(image.get_attribute("src") or "").body()
    rendered = rendered_corners(image, (piece.width, piece.height))
    for found in (list(colours_at_corners(served)), rendered):
        assert [near(*pair) for pair in zip(found, CORNERS, strict=True)] == [True] * 4, found


def test_photo_is_upright_on_the_agents_page(signed_in: SignedIn, agent: Agent) -> None:
    """P4: each of the eight orientations."""
    desk = signed_in(agent, viewport=SCREEN)
    for orientation in STORED_TURNED:
        commande = ready_for_photo(assure_ready(caisse=agent.caisse))
        data = padded(turned(orientation, "JPEG"), 60_000)
        deposit_piece(commande=commande, kind=PieceKind.PHOTO, data=data, label="photo.jpg", now=NOW)
        submit_commande(commande=commande, now=NOW)
        piece = commande.pieces.get(kind=PieceKind.PHOTO)
        assert (piece.width, piece.height) == (320, 400)
        show_to_agent(desk)
        assert_upright(desk, piece)
        commande.refresh_from_db()
        accept(commande=commande, user=agent.user, version=commande.version, now=timezone.now())


def test_heavy_photo_is_made_lighter_upright_and_the_person_is_told(
    signed_in: SignedIn, assure: Assure, agent: Agent
) -> None:
    data = grainy(orientation=6)
    assert len(data) > CEILING
    commande = ready_for_photo(assure)
    page = signed_in(assure)
    page.goto(path("order_photo", commande))
    page.locator("[name=file]").set_input_files(picture(data))
    expect(page.locator("[data-upload-status]")).to_have_text(LIGHTER)
    told = LIGHTER.match(page.locator("[data-upload-status]").inner_text())
    assert told is not None
    expect(page.locator("[data-upload-weight]")).to_have_text(told.group(1))
    press(page, "Envoyer")
    expect(page.locator(".preview a img")).to_be_visible()
    submit_commande(commande=commande, now=NOW)
    piece = commande.pieces.get(kind=PieceKind.PHOTO)
    assert 50_000 < piece.weight < CEILING
    assert (piece.width, piece.height) == (1500, 2000)
    desk = signed_in(agent, viewport=SCREEN)
    show_to_agent(desk)
    assert_upright(desk, piece)


@pytest.mark.parametrize(
    ("script", "file", "sentence"),
    [(True, *TEXT), (False, *TEXT), (False, *HEAVY)],
    ids=["text", "text-without-javascript", "heavy-without-javascript"],
)
def test_wrong_file_is_told_next_to_the_field_and_in_the_summary(
    signed_in: SignedIn, assure: Assure, script: bool, file: FilePayload, sentence: str
) -> None:
    """P2."""
    page = signed_in(assure, java_script_enabled=script)
    page.goto(path("order_photo", ready_for_photo(assure)))
    send(page, file)
    expect(page.locator("[data-error-summary] li")).to_have_text([sentence])
    expect(page.locator(".field-error li")).to_have_text([sentence])
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()


def test_file_beyond_the_server_is_told_on_the_step(
    signed_in: SignedIn, assure: Assure, beyond: Path, heard: list[str]
) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    send(page, beyond)
    expect(page.locator("[data-upload-status]")).to_have_text(TOO_HEAVY_TO_SEND)
    give(page, picture())
    assert [line.endswith("413 (Request Entity Too Large)") for line in heard] == [True]
    heard.clear()


def test_file_beyond_the_server_has_its_page_without_javascript(
    signed_in: SignedIn, assure: Assure, beyond: Path, heard: list[str]
) -> None:
    page = signed_in(assure, java_script_enabled=False)
    page.goto(path("order_photo", ready_for_photo(assure)))
    send(page, beyond)
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre envoi est trop lourd")
    heard.clear()


def test_file_is_looked_at_before_it_leaves_and_may_be_another(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    expect(page.get_by_role("button", name="Envoyer", exact=True)).to_be_hidden()
    page.locator("[name=file]").set_input_files(picture(name="une.jpg"))
    expect(page.locator("[data-upload-status]")).to_have_text(LOOK)
    expect(page.locator("[data-upload-preview]")).to_be_visible()
    expect(page.locator("[data-upload-name]")).to_have_text("une.jpg")
    expect(page.locator("[data-upload-weight]")).to_have_text("60\N{NO-BREAK SPACE}Ko")
    press(page, "Choisir un autre fichier")
    expect(page.locator("[name=file]")).to_be_focused()
    expect(page.locator("[data-upload-preview]")).to_be_hidden()
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()
    give(page, picture(name="deux.jpg"))
    expect(page.locator("main > [role=status]")).to_have_text(RECEIVED)
    expect(page.locator(".preview a").first).to_be_focused()
    assert Piece.objects.get(kind=PieceKind.PHOTO).label == "deux.jpg"


def test_sending_can_be_stopped_and_taken_up_again(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    page.route("**/photo/", lambda _route: None)
    send(page, picture())
    expect(page.locator("[data-upload-preview]")).to_be_visible()
    expect(page.get_by_role("button", name="Annuler l’envoi")).to_be_focused()
    press(page, "Annuler l’envoi")
    expect(page.locator("[data-upload-status]")).to_have_text("Envoi annulé. Rien n’a été enregistré.")
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()
    page.unroute_all(behavior="ignoreErrors")
    expect(page.get_by_role("button", name="Envoyer", exact=True)).to_be_focused()
    press(page, "Envoyer")
    expect(page.locator(".preview a img")).to_be_visible()
    assert Piece.objects.filter(kind=PieceKind.PHOTO).count() == 1


def test_sending_cut_half_way_leaves_what_was_there_and_says_so(
    signed_in: SignedIn, assure: Assure, heard: list[str]
) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    give(page, picture(name="une.jpg"))
    page.route("**/photo/", lambda route: route.abort("connectionreset"))
    send(page, picture(name="deux.jpg"))
    expect(page.locator("[data-upload-status]")).to_have_text(FAILED)
    assert Piece.objects.get(kind=PieceKind.PHOTO).label == "une.jpg"
    page.unroute_all(behavior="ignoreErrors")
    press(page, "Envoyer")
    expect(page.locator(".preview strong").first).to_have_text("deux.jpg")
    heard.clear()  # the connection that was reset


def test_double_click_and_second_tab_leave_one_photo(signed_in: SignedIn, assure: Assure) -> None:
    """C2."""
    page = signed_in(assure)
    commande = ready_for_photo(assure)
    page.goto(path("order_photo", commande))
    other = page.context.new_page()
    other.goto(path("order_photo", commande))
    page.locator("[name=file]").set_input_files(picture(name="une.jpg"))
    page.get_by_role("button", name="Envoyer", exact=True).dblclick()
    expect(page.locator(".preview strong").first).to_have_text("une.jpg")
    give(other, picture(name="deux.jpg"))
    page.reload()
    expect(page.locator(".preview strong").first).to_have_text("deux.jpg")
    assert Piece.objects.filter(kind=PieceKind.PHOTO).count() == 1


@pytest.mark.parametrize(("event", "data"), [("paste", "clipboardData"), ("drop", "dataTransfer")])
def test_picture_is_pasted_or_dropped(signed_in: SignedIn, assure: Assure, event: str, data: str) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    target = page.locator("body" if event == "paste" else "[data-upload]")
    target.evaluate(HAND_OVER, [event, data, list(jpeg())])
    expect(page.locator("[data-upload-status]")).to_have_text(LOOK)
    press(page, "Envoyer")
    expect(page.locator(".preview strong").first).to_have_text("copie.jpg")


def test_picture_is_enlarged_over_the_page(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    give(page, picture())
    link = page.get_by_role("link", name="Agrandir", exact=True)
    link.press("Enter")
    dialog = page.get_by_role("dialog", name="Image agrandie")
    expect(dialog.get_by_role("img", name="Photo envoyée")).to_be_visible()
    expect(focused(page)).to_have_text("Fermer")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_photo_is_turned_and_the_focus_stays(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    give(page, picture())
    button = page.get_by_role("button", name="Pivoter")
    button.press("Enter")
    expect(page.locator("main > [role=status]")).to_have_text("L’image est pivotée d’un quart de tour.")
    expect(button).to_be_focused()
    size = page.locator(".preview a img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert size == [400, 300]


def test_photo_is_replaced_and_deleted(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    give(page, picture(name="une.jpg"))
    page.locator(".upload summary").click()
    send(page, picture(name="deux.jpg"))
    expect(page.locator(".preview strong").first).to_have_text("deux.jpg")
    press(page, "Supprimer")
    expect(page.get_by_role("button", name="Continuer")).to_be_disabled()
    expect(page.locator("[name=file]")).to_be_focused()
    expect(page.locator("main > [role=status]")).to_have_text(DELETED)
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()
