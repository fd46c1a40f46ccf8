"""The camera in the page: opened, refused, absent; a picture taken, taken again, used (section 7, step 2)."""

import io
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

from accounts.models import Assure
from carte.enums import PieceKind
from carte.models import Commande, Piece
from tests.browser.conftest import SignedIn
from tests.browser.steps import path, press, ready_for_photo

pytestmark = pytest.mark.browser

REFUSED = (
    "L’appareil photo n’a pas été autorisé. Autorisez-le dans les réglages de votre navigateur, ou "
    "choisissez un fichier."
)
TAKEN = "La photo est prise. Vérifiez-la, puis utilisez-la ou recommencez."
# Streams the page opened, to see that each is closed.
WATCH = """(() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.streams = [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.streams.push(stream);
    return stream;
  };
})()"""
LIVE = "window.streams.map((stream) => stream.getTracks()[0].readyState)"
NO_CAMERA = "navigator.mediaDevices.enumerateDevices = async () => []"


def at_camera(signed_in: SignedIn, commande: Commande, view: str = "order_photo", **options: object) -> Page:
    """Open a step on a device that lets its camera be used, and open the camera."""
    page = signed_in(commande.author, **{"permissions": ["camera"]} | options)
    page.add_init_script(WATCH)
    button = page.locator(".upload-choices [data-camera-open]")
    for _ in range(5):  # the pretended device may be late at Chromium's start
        page.goto(path(view, commande))
        with suppress(Late):
            button.wait_for(timeout=2_000)
            break
    button.click()
    return page


def test_photo_is_taken_again_then_used_and_the_camera_closed(signed_in: SignedIn, assure: Assure) -> None:
    page = at_camera(signed_in, ready_for_photo(assure))
    expect(page.get_by_role("button", name="Prendre la photo")).to_be_focused()
    expect(page.locator(".camera-outline")).to_be_visible()
    press(page, "Prendre la photo")
    expect(page.locator("[data-upload-status]")).to_have_text(TAKEN)
    assert page.evaluate(LIVE) == ["ended"]
    press(page, "Recommencer")
    press(page, "Prendre la photo")
    press(page, "Utiliser cette photo")
    expect(page.locator(".preview a img")).to_be_visible()
    assert page.evaluate(LIVE) == ["ended", "ended"]
    piece = Piece.objects.get(kind=PieceKind.PHOTO)
    with piece.pages.get().file.open() as file:
        stored = Image.open(io.BytesIO(file.read()))
    assert abs(stored.width / stored.height - 7 / 9) < 0.01
    assert piece.weight >= 50_000


def test_camera_left_is_closed(signed_in: SignedIn, assure: Assure) -> None:
    page = at_camera(signed_in, ready_for_photo(assure))
    press(page, "Fermer l’appareil photo")
    expect(page.locator("[data-camera]")).to_be_hidden()
    assert page.evaluate(LIVE) == ["ended"]
    assert not Piece.objects.filter(kind=PieceKind.PHOTO).exists()


@pytest.mark.parametrize("touch", [False, True], ids=["desk", "phone"])
def test_camera_refused_is_told_and_the_other_ways_stay(
    signed_in: SignedIn, assure: Assure, touch: bool
) -> None:
    page = at_camera(signed_in, ready_for_photo(assure), permissions=[], has_touch=touch)
    expect(page.locator("[data-upload-status]")).to_have_text(REFUSED)
    expect(page.get_by_text("Choisir un fichier", exact=True)).to_be_visible()
    expect(page.locator(".upload-camera")).to_be_visible(visible=touch)


@pytest.mark.parametrize("touch", [False, True], ids=["desk", "phone"])
def test_device_without_camera_in_the_page_offers_its_own_picker(
    signed_in: SignedIn, assure: Assure, touch: bool
) -> None:
    page = signed_in(assure, has_touch=touch)
    page.add_init_script(NO_CAMERA)
    page.goto(path("order_photo", ready_for_photo(assure)))
    expect(page.locator(".upload-choices [data-camera-open]")).to_be_hidden()
    expect(page.locator(".upload-camera")).to_be_visible(visible=touch)
