"""Pictures of every page of a running demonstration, in three widths, light and dark: made to be looked at.

By hand: ``python -m tests.browser.screenshots http://localhost:8000 pictures``. Reads ``demo.json`` in
``VITALE_VAR_DIR`` (``var`` by default). Leaves drafts, an address and a declaration behind, sends no order.
"""

import json
import os
import shutil
import sys
from base64 import b32decode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django_otp.oath import totp
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

WIDTHS = (320, 360, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 900
WRONG: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"une liste\n" * 6000}
BEYOND: FilePayload = {"name": "film.jpg", "mimeType": "image/jpeg", "buffer": b"\0" * 11_000_000}
RULES = tuple(f"E{number}" for number in range(1, 13))
AFTER = {"Léa": ("corriger", "annuler"), "Hugo": ("jamais-recue",), "Lucien": (), "Sarah": ()}
REASONS = ("REPLACEMENT", "FIRST", "NEW_FACE")


@dataclass(frozen=True)
class Studio:
    """A portal, its invented people, and where the pictures go."""

    browser: Browser
    url: str
    listing: dict[str, Any]
    out: Path

    def page(self) -> Page:
        context = self.browser.new_context(
            base_url=self.url, locale="fr-FR", timezone_id="Europe/Paris", reduced_motion="reduce"
        )
        return context.new_page()

    def assure(self, shown: str) -> Page:
        """Sign in as the first identity that shows a rule, or whose household has that person."""
        entry = next(one for one in self.listing["assures"] if shown in (one["rule"], one["beneficiaire"]))
        page = self.page()
        page.goto("/connexion/")
        page.fill("[name=nir]", entry["nir"])
        page.fill("[name=code]", entry["code"])
        page.click("main [type=submit]")
        return page

    def agent(self, group: str) -> Page:
        """Sign in as the first agent of a group."""
        entry = next(one for one in self.listing["agents"] if one["groupe"] == group)
        page = self.page()
        page.goto("/gestion/")
        page.fill("[name=username]", entry["identifiant"])
        page.fill("[name=password]", entry["mot_de_passe"])
        page.click("[type=submit]")
        page.fill("[name=code]", f"{totp(b32decode(entry['totp_secret'])):06d}")
        page.click("button.default")
        return page

    def take(self, page: Page, name: str) -> None:
        """Photograph a page as it stands, whole, in every width and scheme."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=self.out / f"{name}-{width}-{scheme}.png", full_page=True)

    def visit(self, page: Page, **addresses: str) -> None:
        for name, address in addresses.items():
            page.goto(address)
            self.take(page, name)


def public(studio: Studio) -> None:
    page = studio.page()
    studio.visit(
        page,
        home="/",
        help="/aide/",
        demonstration="/demonstration/",
        demonstration_mails="/demonstration/mails/",
        error_404="/nulle-part/",
        sign_in="/connexion/",
    )
    page.click("main [type=submit]")
    studio.take(page, "sign_in-empty")
    page.fill("[name=nir]", "2 84 06 01 053 101 79")
    page.fill("[name=code]", "Soleil-2025")
    page.click("main [type=submit]")
    studio.take(page, "sign_in-wrong_pair")
    page.context.clear_cookies()
    page.click("main [type=submit]")
    studio.take(page, "error_403")


def rules(studio: Studio) -> None:
    for rule in (*REASONS, *RULES):
        page = studio.assure(rule)
        studio.visit(page, **{f"cartes-{rule}": "/carte/", f"dashboard-{rule}": "/accueil/"})
        page.context.close()
    for rule in ("E10", "E6", "FIRST"):
        page = studio.assure(rule)
        studio.visit(page, **{f"order_start-{rule}": "/carte/commander/"})
        page.context.close()


def account(studio: Studio) -> None:
    page = studio.assure("E1")
    studio.visit(
        page,
        demarches="/mes-demarches/",
        inbox="/messagerie/",
        profile="/mes-informations/",
        tracking_list="/suivi/",
        address="/mes-informations/adresse/",
    )
    page.goto("/messagerie/")
    page.click(".message-list a")
    studio.take(page, "message")
    page.goto("/suivi/")
    page.click("article h2 a")
    studio.take(page, "tracking")
    reference = page.url.rstrip("/").rsplit("/", 1)[1]
    studio.visit(page, order_confirmation=f"/carte/commande/{reference}/confirmation/")
    address(studio, page)
    waits = studio.assure("E12")
    studio.visit(waits, profile_waiting="/mes-informations/", address_waiting="/mes-informations/adresse/")
    waits.goto("/mes-informations/adresse/")
    waits.click("main form [type=submit]")
    studio.take(waits, "profile-message")


def address(studio: Studio, page: Page) -> None:
    page.goto("/mes-informations/adresse/")
    page.fill("[name=voie]", "")
    page.fill("[name=complement]", "Résidence des Tilleuls argentés, escalier du fond")
    page.fill("[name=code_postal]", "99100")
    page.check("[value=PROVISOIRE]")
    page.click("main form [type=submit]")
    studio.take(page, "address-errors")
    page.fill("[name=code_postal]", "01000")
    page.fill("[name=commune]", "Nîmes")
    page.click("main form [type=submit]")
    studio.take(page, "address-commune")


def wizard(studio: Studio) -> None:
    parent = studio.assure("Maël")
    parent.goto("/carte/commander/")
    parent.click("main [type=submit]")
    studio.take(parent, "order_start-nobody_chosen")
    page = studio.assure("REPLACEMENT")
    page.goto("/carte/commander/")
    page.click("main [type=submit]")
    page.goto(page.url.rsplit("/", 2)[0] + "/photo/")
    piece(studio, page, "photo")
    page.goto(page.url.rsplit("/", 2)[0] + "/piece-identite/")
    piece(studio, page, "piece")
    page.goto(page.url.rsplit("/", 2)[0] + "/piece-identite/")
    page.check("[name=nature] >> nth=0")
    page.click("button:text-is('Continuer')")
    studio.take(page, "order_validation")
    page.click("main [type=submit]:not(.button-quiet)")
    studio.take(page, "order_validation-errors")
    for rule in ("E11", "E12"):
        barred(studio, rule)


def piece(studio: Studio, page: Page, kind: Literal["photo", "piece"]) -> None:
    """Take a piece's step in each of its states."""
    understand(page, lambda: studio.take(page, f"order_{kind}-conditions"))
    if page.is_visible("button:text-is('Supprimer')"):
        page.click("button:text-is('Supprimer')")
    studio.take(page, f"order_{kind}-nothing")
    camera(studio, page, kind)
    for name, file in (("wrong", WRONG), ("beyond", BEYOND)):
        page.set_input_files("[name=file]", file)
        page.click("button:text-is('Envoyer')")
        page.wait_for_selector("[data-error-summary], [data-upload-status]:has-text('trop lourd')")
        studio.take(page, f"order_{kind}-{name}")
        page.reload()
    page.route("**/*", lambda route: route.continue_() if route.request.method == "GET" else None)
    page.set_input_files("[name=file]", studio.listing["files"][kind])
    page.wait_for_selector("button:text-is('Envoyer'):visible")
    studio.take(page, f"order_{kind}-chosen")
    page.click("button:text-is('Envoyer')")
    page.wait_for_selector("progress:visible")
    studio.take(page, f"order_{kind}-sending")
    page.click("[data-upload-cancel]")
    studio.take(page, f"order_{kind}-cancelled")
    page.unroute_all(behavior="ignoreErrors")
    page.click("button:text-is('Envoyer')")
    page.wait_for_selector(".preview a img")
    studio.take(page, f"order_{kind}-there")
    page.click(".upload summary")
    studio.take(page, f"order_{kind}-replace")
    if kind == "piece":
        page.click("button:text-is('Continuer')")
        studio.take(page, "order_piece-no_nature")


def camera(studio: Studio, page: Page, kind: str) -> None:
    """Take the camera in the page: open, and with its picture taken."""
    page.context.grant_permissions(["camera"])
    page.click(".upload-choices [data-camera-open]")
    page.wait_for_selector("[data-camera-shoot]:visible")
    studio.take(page, f"order_{kind}-camera")
    page.click("[data-camera-shoot]")
    studio.take(page, f"order_{kind}-taken")
    page.click("[data-camera-close]")


def understand(page: Page, before: Callable[[], None]) -> None:
    button = page.locator("button:text-is('J’ai compris')")
    if button.count():
        before()
        button.click()


def barred(studio: Studio, rule: str) -> None:
    """A draft may start, documents or sending may not."""
    page = studio.assure(rule)
    page.goto("/carte/commander/")
    page.click("main [type=submit]")
    understand(page, lambda: studio.take(page, f"order_photo-conditions-{rule}"))
    studio.take(page, f"order_photo-{rule}")


def after(studio: Studio) -> None:
    """An order sent: to correct, on its way, come back, refused; and what its author may do."""
    for whom, steps in AFTER.items():
        page = studio.assure(whom)
        studio.visit(page, **{f"dashboard-{whom}": "/accueil/", f"cartes-{whom}": "/carte/"})
        page.goto("/suivi/")
        page.click("article h2 a")
        studio.take(page, f"tracking-{whom}")
        commande = "/carte/commande/" + page.url.rstrip("/").rsplit("/", 1)[1]
        studio.visit(page, **{f"{step}-{whom}": f"{commande}/{step}/" for step in steps})
        page.context.close()


def declarations(studio: Studio) -> None:
    page = studio.assure("E10")
    studio.visit(
        page, verify="/verifier/", declaration_list_empty="/declarations/", declare="/declarations/nouvelle/"
    )
    page.click("main form button[type=submit]")
    studio.take(page, "declare-error")
    page.check("[name=kind][value=VOL]")
    page.fill("[name=circumstances]", "Dans le train, hier soir.")
    page.click("main form button[type=submit]")
    studio.take(page, "declaration")
    studio.visit(page, declaration_list="/declarations/", cartes_opposed="/carte/")
    for name, code in (("typo", "AAAA-BBBB-CCCC-DDDE"), ("unknown", "ABCD")):
        page.goto("/verifier/")
        page.fill("[name=code]", code)
        page.click("main form button[type=submit]")
        studio.take(page, f"verify-{name}")
    for rule in ("E2", "E9"):
        away = studio.assure(rule)
        studio.visit(away, **{f"declare-{rule}": "/declarations/nouvelle/"})
        away.context.close()


def desk(studio: Studio) -> None:
    page = studio.page()
    studio.visit(page, admin_login="/gestion/")
    page.fill("[name=username]", "AG-0101")
    page.fill("[name=password]", "faux")
    page.click("[type=submit]")
    studio.take(page, "admin_login-wrong")
    page = studio.agent("contrôle")
    studio.take(page, "admin_queue")
    studio.visit(page, admin_commandes="/gestion/carte/commande/", admin_cartes="/gestion/carte/carte/")
    page.goto("/gestion/")
    page.click(".queue button")
    studio.take(page, "admin_review")
    page.keyboard.press("a")
    page.wait_for_load_state()
    studio.take(page, "admin_review-not_compared")
    page.keyboard.press("1")
    studio.take(page, "admin_review-zoomed")
    page.keyboard.press("x")
    page.wait_for_load_state()
    studio.take(page, "admin_queue-released")
    for group in ("droits", "supervision", "audit"):
        studio.take(studio.agent(group), f"admin_index-{group}")


SCENES = {scene.__name__: scene for scene in (public, account, wizard, rules, after, declarations, desk)}


def main(url: str, out: str, *wanted: str) -> None:
    """Take the scenes named, or all."""
    var_dir = Path(os.environ.get("VITALE_VAR_DIR", "var"))
    Path(out).mkdir(parents=True, exist_ok=True)
    flags = ["--use-fake-device-for-media-stream"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        studio = Studio(browser, url, json.loads((var_dir / "demo.json").read_text("utf-8")), Path(out))
        for name in wanted or SCENES:
            SCENES[name](studio)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
