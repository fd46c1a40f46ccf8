"""Files given in a browser: refused with a sentence, made lighter, stopped, always upright (P1 to P4)."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from accounts.models import Agent, Assure
from carte.commandes import submit_commande
from carte.enums import PieceKind
from carte.models import Piece
from tests.browser.conftest import SignedIn
from tests.browser.steps import give, near, path, picture, press, ready_for_photo, rendered_corners
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
from tests.factories import NOW

pytestmark = pytest.mark.browser

CEILING = 2_097_152  # bytes, section 2
WAYS_OUT = "Enregistrez-le autrement, ou prenez une nouvelle photo."
TEXT = (
    picture(b"une liste\n" * 6000),
    f"Votre fichier est un fichier texte, cette étape accepte : JPEG et PNG. {WAYS_OUT}",
)
HEAVY = (
    picture(padded(plain(300, 400), CEILING + 1)),
    (
        "Votre fichier pèse 2,1 Mo, le maximum est de 2 Mo. Réduisez-le, ou choisissez-en un autre : sur "
        "téléphone, la taille « moyenne » convient."
    ),
)
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


def shown_to_agent(signed_in: SignedIn, agent: Agent) -> Page:
    """Open the review of the one order that waits."""
    desk = signed_in(agent, viewport={"width": 1366, "height": 768})
    desk.goto("/gestion/")
    press(desk, "Suivante")
    return desk


def assert_upright(desk: Page, piece: Piece) -> None:
    """As served to the agent and as his browser shows it, each corner has its colour."""
    image = desk.locator("[data-picture] img").first
    served = desk.request.get(image.get_attribute("src") or "").body()
    rendered = rendered_corners(image, (piece.width, piece.height))
    for found in (list(colours_at_corners(served)), rendered):
        assert [near(*pair) for pair in zip(found, CORNERS, strict=True)] == [True] * 4, found


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_upright_on_the_agents_page(
    signed_in: SignedIn, assure: Assure, agent: Agent, orientation: int
) -> None:
    """P4."""
    commande = ready_for_photo(assure)
    page = signed_in(assure)
    page.goto(path("order_photo", commande))
    give(page, picture(padded(turned(orientation, "JPEG"), 60_000)))
    submit_commande(commande=commande, now=NOW)
    piece = commande.pieces.get(kind=PieceKind.PHOTO)
    assert (piece.width, piece.height) == (320, 400)
    assert_upright(shown_to_agent(signed_in, agent), piece)


def test_heavy_photo_is_made_lighter_upright_and_the_person_is_told(
    signed_in: SignedIn, assure: Assure, agent: Agent
) -> None:
    data = grainy(orientation=6)
    assert len(data) > CEILING
    commande = ready_for_photo(assure)
    page = signed_in(assure)
    page.goto(path("order_photo", commande))
    held: list[Route] = []
    page.route("**/photo/", lambda route: held.insert(0, route))
    with page.expect_request("**/photo/"):
        page.locator("[name=file]").set_input_files(picture(data))
    status = page.locator("[data-upload-status]")
    expect(status).to_have_text("Image trop lourde : elle est allégée avant l’envoi.")
    assert len(held[0].request.post_data_buffer or b"") < CEILING
    held[0].continue_()
    expect(page.locator(".preview a img")).to_be_visible()
    submit_commande(commande=commande, now=NOW)
    piece = commande.pieces.get(kind=PieceKind.PHOTO)
    assert (piece.width, piece.height) == (1500, 2000)
    assert_upright(shown_to_agent(signed_in, agent), piece)


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
    page.locator("[name=file]").set_input_files(file)
    if not script:
        press(page, "Envoyer")
    expect(page.locator("[data-error-summary] li")).to_have_text([sentence])
    expect(page.locator(".field-error li")).to_have_text([sentence])
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()


def test_file_beyond_the_server_is_told_on_the_step(
    signed_in: SignedIn, assure: Assure, beyond: Path, heard: list[str]
) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    page.locator("[name=file]").set_input_files(beyond)
    expect(page.locator("[data-upload-status]")).to_have_text(TOO_HEAVY_TO_SEND)
    give(page, picture())
    assert [line.endswith("413 (Request Entity Too Large)") for line in heard] == [True]
    heard.clear()


def test_file_beyond_the_server_has_its_page_without_javascript(
    signed_in: SignedIn, assure: Assure, beyond: Path, heard: list[str]
) -> None:
    page = signed_in(assure, java_script_enabled=False)
    page.goto(path("order_photo", ready_for_photo(assure)))
    page.locator("[name=file]").set_input_files(beyond)
    press(page, "Envoyer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre envoi est trop lourd")
    heard.clear()


def test_sending_can_be_stopped(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    page.route("**/photo/", lambda _route: None)
    page.locator("[name=file]").set_input_files(picture())
    expect(page.locator("[data-upload-preview]")).to_be_visible()
    press(page, "Annuler l’envoi")
    expect(page.locator("[data-upload-status]")).to_have_text("Envoi annulé. Rien n’a été enregistré.")
    expect(page.locator("[data-upload-preview]")).to_be_hidden()
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()
    page.unroute_all(behavior="ignoreErrors")
    give(page, picture())
    assert Piece.objects.filter(kind=PieceKind.PHOTO).count() == 1


def test_photo_is_deleted_and_replaced(signed_in: SignedIn, assure: Assure) -> None:
    page = signed_in(assure)
    page.goto(path("order_photo", ready_for_photo(assure)))
    give(page, picture(name="une.jpg"))
    page.locator("summary").click()
    page.locator("[name=file]").set_input_files(picture(name="deux.jpg"))
    expect(page.locator(".preview strong")).to_have_text("deux.jpg")
    press(page, "Supprimer")
    expect(page.get_by_role("button", name="Continuer")).to_be_disabled()
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()
