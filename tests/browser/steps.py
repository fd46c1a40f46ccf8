"""What a person does on the pages, in a word each."""

import io
from pathlib import Path

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from accounts.gestion.otp import code_of
from accounts.models import Agent, Assure, Session
from accounts.sign_in.devices import cookie_name
from carte.enums import PieceKind
from carte.models import Commande
from tests.devices import known
from tests.factories import CODE, PASSWORD, TOTP_SECRET, CommandeFactory, PieceFactory, jpeg, whole_draft

TABS_AT_MOST = 60
RING = 3  # px, docs/design.md
TOLERANCE = 40  # of a channel: JPEG, and the browser's scaling

SCREEN = {"width": 1366, "height": 768}  # the agent's

SPILL = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS_SHOWS = """(node, ring) => [node, node.closest("label"), node.parentElement.querySelector("label")]
  .filter((part) => part)
  .map((part) => getComputedStyle(part))
  .some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= ring)"""


def picture(data: bytes | None = None, name: str = "photo.jpg", mime: str = "image/jpeg") -> FilePayload:
    """A file to choose; by default one that every profile accepts."""
    return {"name": name, "mimeType": mime, "buffer": jpeg() if data is None else data}


def path(view: str, commande: Commande) -> str:
    return reverse(view, args=[commande.reference])


def url_of(view: str, commande: Commande) -> str:
    """Pattern of the address of an order's page, whatever the host."""
    return f"**{path(view, commande)}"


def know(page: Page, assure: Assure) -> None:
    """Have the account trust this browser: the second step is spared."""
    client = Client()
    known(client, assure.user)
    page.context.add_cookies(
        [{"name": cookie_name(), "value": client.cookies[cookie_name()].value, "url": page.url}]
    )


def sign_in(page: Page, assure: Assure, at: str = "/connexion/") -> None:
    page.goto(at)
    know(page, assure)
    give_pair(page, assure)


def first_step(page: Page, assure: Assure) -> None:
    """Sign in from a device nobody knows, up to the page that asks for the six digits."""
    page.goto("/connexion/")
    give_pair(page, assure)
    page.wait_for_url("**/connexion/code-recu/")


def give_pair(page: Page, assure: Assure) -> None:
    page.get_by_label("Numéro de sécurité sociale").fill(assure.beneficiaire.nir)
    page.get_by_label("Code personnel", exact=True).fill(CODE)
    page.get_by_role("button", name="Se connecter").click()


def agent_sign_in(page: Page, agent: Agent) -> None:
    page.goto("/gestion/")
    page.locator("[name=username]").fill(agent.user.identifiant)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[type=submit]").click()
    give_digits(page)


def give_digits(page: Page) -> None:
    """Type the agent's six digits of the moment (A10)."""
    page.get_by_label("Code à six chiffres").fill(code_of(TOTP_SECRET, timezone.now()))
    press(page, "Entrer")


def press(page: Page, name: str) -> None:
    """Click the button or link of that name."""
    button = page.get_by_role("button", name=name, exact=True)
    button.or_(page.get_by_role("link", name=name, exact=True)).click()


def send(page: Page, file: FilePayload | Path) -> None:
    """Choose a file and send it: with JavaScript or without, by the same button."""
    page.locator("[name=file]").set_input_files(file)
    press(page, "Envoyer")


def give(page: Page, file: FilePayload) -> None:
    """Send a file and see it come back."""
    send(page, file)
    expect(page.locator(".preview a img")).to_be_visible()


def understand(page: Page) -> None:
    """Read the conditions of a piece, and see its step."""
    press(page, "J’ai compris")
    expect(page.locator("[data-upload]")).to_be_visible()


def ready_for_photo(assure: Assure) -> Commande:
    """A draft whose pièce d'identité is there, and the photo's conditions read."""
    commande = CommandeFactory(author=assure, photo_conditions_at=timezone.now())
    PieceFactory(commande=commande, kind=PieceKind.IDENTITE)
    return commande


def at_validation(page: Page, assure: Assure) -> Commande:
    """Open the last step of a whole draft and tick both boxes."""
    commande = whole_draft(author=assure)
    tick(page, commande)
    return commande


def tick(page: Page, commande: Commande) -> None:
    page.goto(path("order_validation", commande))
    page.locator("[name=adresse]").check()
    page.locator("[name=statement]").check()


def lose_session(page: Page) -> None:
    """Let fifteen minutes pass, once all that the page asked for is there: each answer puts the end off."""
    page.wait_for_load_state("load")
    for image in page.locator("main img:visible").all():
        expect(image).to_have_js_property("complete", value=True)
    Session.objects.update(expire_date=timezone.now())


def come_back(page: Page, assure: Assure) -> None:
    """Sign in where one was sent, after reading why, and find what was being sent."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    expect(page.get_by_role("status").first).to_contain_text("Votre session a pris fin")
    know(page, assure)
    give_pair(page, assure)
    expect(page.get_by_role("heading", level=1)).to_have_text("Reprendre votre envoi")


def focused(page: Page) -> Locator:
    return page.locator("*:focus")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab up to the target; each stop on the way, and the target, shows its focus."""
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        assert focused(page).evaluate(FOCUS_SHOWS, RING), focused(page).evaluate("node => node.outerHTML")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached {target}")


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= TOLERANCE for one, other in zip(found, wanted, strict=True))


def rendered_corners(image: Locator, size: tuple[int, int]) -> list[tuple[int, ...]]:
    """Colours the browser shows an eighth in from each corner of a picture fitted in its box."""
    shown = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
    scale = min(shown.width / size[0], shown.height / size[1])
    across, down = size[0] * scale, size[1] * scale
    left, top = (shown.width - across) / 2, (shown.height - down) / 2
    return [
        shown.getpixel((int(left + across * x / 8), int(top + down * y / 8))) for y in (1, 7) for x in (1, 7)
    ]
