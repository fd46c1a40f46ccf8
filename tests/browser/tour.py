"""A tour of every page of the site, valid and in error, in the states that matter.

A walk opens pages and names each by its view; the tables below say which walk shows which.
"""

from collections.abc import Callable, Iterator, Mapping

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Assure
from carte.commandes import submit_commande
from carte.enums import CommandeState, PieceKind
from carte.models import Carte, CopieCarte
from tests.browser.steps import path, picture, press, send, understand
from tests.factories import (
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    PieceFactory,
    ayant_droit,
    explained,
    to_correct,
    whole_draft,
)

Walk = Callable[[Page, Assure], Iterator[str]]

REFUSED = {PieceKind.PHOTO: ["EYES", "LIGHT"], PieceKind.IDENTITE: ["CUT"]}
LONG_NAME = "DE LA ROCHEFOUCAULD-MONTBEL"
NO_PAGES = {
    "alive",
    "ready",
    "security_txt",
    "robots",
    "sign_out",
    "communes",
    "order_resume",
    "photo_image",
    "photo_delete",
    "photo_turn",
    "identite_image",
    "identite_delete",
    "identite_turn",
    "order_recapitulatif",
    "refused_photo",
    "refused_identite",
    "order_received",
    "order_redirect",
    "copie",
    "ask_rights",
    "blank_declaration",
    "declaration_attestation",
    "declaration_calendar",
    "rights_attestation",
}


def visitor(page: Page, _assure: Assure) -> Iterator[str]:
    page.context.clear_cookies()
    for view in ("home", "help", "security", "verify", "sign_in"):
        page.goto(reverse(view))
        yield view


def account(page: Page, assure: Assure) -> Iterator[str]:
    """An order sent, a draft, a card in use, one declared, a message."""
    sent = whole_draft(author=assure, beneficiaire=ayant_droit(assure))
    submit_commande(commande=sent, now=timezone.now())
    whole_draft(author=assure)
    CarteFactory(beneficiaire=ayant_droit(assure, nom=LONG_NAME))
    declared = DeclarationFactory(author=assure, carte__beneficiaire=ayant_droit(assure))
    for view in (
        "dashboard",
        "demarches",
        "cartes",
        "inbox",
        "profile",
        "file_looks",
        "address",
        "tracking_list",
        "declare",
        "declaration_list",
    ):
        page.goto(reverse(view))
        yield view
    page.goto(reverse("message", args=[assure.messages.get().reference]))
    yield "message"
    page.goto(declared.get_absolute_url())
    yield "declaration"
    for view in ("tracking", "order_confirmation", "satisfaction"):
        page.goto(path(view, sent))
        yield view


def order(page: Page, assure: Assure) -> Iterator[str]:
    """Each step, in each of its states."""
    page.goto(reverse("order_start"))
    yield "order_start"
    draft = CommandeFactory(author=assure)
    page.goto(path("order_photo", draft))
    yield "order_photo"
    yield from piece(page, "order_photo")
    page.goto(path("sans_photo", draft))
    yield "sans_photo"
    page.goto(path("order_identite", draft))
    yield "order_identite"
    yield from piece(page, "order_identite")
    page.get_by_label("Passeport").check()
    press(page, "Continuer")
    page.wait_for_url("**/validation/")
    yield "order_validation"
    other = explained(CommandeFactory(author=assure, beneficiaire=ayant_droit(assure))).commande
    PieceFactory(commande=other, kind=PieceKind.IDENTITE)
    for view in ("order_photo", "sans_photo", "order_validation"):
        page.goto(path(view, other))
        yield view


def piece(page: Page, view: str) -> Iterator[str]:
    """Nothing there, the camera, a picture chosen, one sent, another in its place."""
    understand(page)
    yield view
    page.locator(".upload-choices [data-camera-open]").click()
    expect(page.locator("[data-camera-shoot]")).to_be_visible()
    yield view
    press(page, "Prendre la photo")
    yield view
    press(page, "Fermer l’appareil photo")
    page.locator("[name=file]").set_input_files(picture())
    expect(page.get_by_role("button", name="Envoyer", exact=True)).to_be_visible()
    yield view
    press(page, "Envoyer")
    expect(page.locator(".preview a img")).to_be_visible()
    page.locator(".upload summary").click()
    yield view
    page.get_by_role("link", name="Agrandir", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield view
    page.keyboard.press("Escape")


STATES = (
    CommandeState.TO_CORRECT,
    CommandeState.IN_PRODUCTION,
    CommandeState.SHIPPED,
    CommandeState.RETURNED,
    CommandeState.DELIVERED,
    CommandeState.REJECTED,
    CommandeState.CANCELLED,
)


def after(page: Page, assure: Assure) -> Iterator[str]:
    """An order once sent: how it stands in each state, what its author may do, a card and its copy."""
    for state in STATES:
        page.goto(
            path("tracking", CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), state=state))
        )
        yield "tracking"
    asked = to_correct(REFUSED, author=assure, beneficiaire=ayant_droit(assure))
    page.goto(path("order_correct", asked))
    yield "order_correct"
    for field in ("photo-file", "piece-identite-file"):
        form = page.locator("form", has=page.locator(f"[name={field}]"))
        form.locator(f"[name={field}]").set_input_files(picture())
        form.get_by_role("button", name="Envoyer", exact=True).click()
        expect(form).to_be_hidden()
        yield "order_correct"
    page.goto(path("correct_sans_photo", asked))
    yield "correct_sans_photo"
    for view, state in (("order_cancel", CommandeState.ACCEPTED), ("never_received", CommandeState.SHIPPED)):
        page.goto(path(view, CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), state=state)))
        yield view
    page.goto(error_of(CarteFactory(beneficiaire=assure.beneficiaire)))
    yield "report_error"
    page.goto(reverse("cartes"))
    yield "cartes"


def error_of(carte: Carte) -> str:
    """Where to say what is wrong on a card."""
    copie = CopieCarte.objects.create(carte=carte, planned_at=timezone.now())
    return reverse("report_error", args=[copie.reference])


def mistakes(page: Page, assure: Assure) -> Iterator[str]:
    """Each form, sent with all that can be wrong in it."""
    CarteFactory(beneficiaire=ayant_droit(assure))
    sent = CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), state=CommandeState.SUBMITTED)
    draft = whole_draft(
        author=assure, photo_conditions_at=timezone.now(), identite_conditions_at=timezone.now()
    )
    draft.pieces.filter(kind=PieceKind.IDENTITE).update(nature="")
    for view, name in (("order_start", "Continuer"), ("declare", "Déclarer et désactiver la carte")):
        page.goto(reverse(view))
        page.locator("main :is([type=radio], [type=checkbox]):checked").evaluate_all(
            "boxes => boxes.forEach((box) => { box.checked = false; })"
        )
        press(page, name)
        yield view
    page.goto(reverse("address"))
    for field in page.locator("main form [type=text]").all():
        field.fill("")
    press(page, "Enregistrer l’adresse")
    yield "address"
    for view in ("order_photo", "order_identite"):
        page.goto(path(view, draft))
        page.locator(".upload summary").click()
        send(page, picture(b"<html>", name="x" * 60 + ".html"))
        yield view
    page.reload()
    press(page, "Continuer")
    yield "order_identite"
    page.goto(path("sans_photo", draft))
    press(page, "Enregistrer et continuer")
    yield "sans_photo"
    draft.pieces.filter(kind=PieceKind.IDENTITE).update(nature="PASSEPORT")
    page.goto(path("order_validation", draft))
    press(page, "Valider la commande")
    yield "order_validation"
    page.goto(path("satisfaction", sent))
    press(page, "Envoyer mon avis")
    yield "satisfaction"
    asked = to_correct(REFUSED, author=assure, beneficiaire=ayant_droit(assure))
    page.goto(path("order_correct", asked))
    form = page.locator("form", has=page.locator("[name=photo-file]"))
    form.locator("[name=photo-file]").set_input_files(picture(b"<html>", name="x" * 60 + ".html"))
    form.get_by_role("button", name="Envoyer", exact=True).click()
    yield "order_correct"
    page.goto(path("correct_sans_photo", asked))
    press(page, "Enregistrer et continuer")
    yield "correct_sans_photo"
    page.goto(error_of(CarteFactory(beneficiaire=ayant_droit(assure))))
    press(page, "Envoyer à ma caisse")
    yield "report_error"
    page.context.clear_cookies()
    page.goto(reverse("sign_in"))
    press(page, "Se connecter")
    yield "sign_in"


VALID: Mapping[Walk, set[str]] = {
    visitor: {"home", "help", "security", "verify", "sign_in"},
    account: {
        "dashboard",
        "demarches",
        "cartes",
        "inbox",
        "message",
        "profile",
        "file_looks",
        "address",
        "tracking_list",
        "tracking",
        "declare",
        "declaration_list",
        "declaration",
        "order_confirmation",
        "satisfaction",
    },
    after: {
        "tracking",
        "order_correct",
        "correct_sans_photo",
        "order_cancel",
        "never_received",
        "report_error",
        "cartes",
    },
    order: {"order_start", "order_photo", "sans_photo", "order_identite", "order_validation"},
}
IN_ERROR = {
    "order_start",
    "order_photo",
    "sans_photo",
    "order_identite",
    "order_validation",
    "satisfaction",
    "order_correct",
    "correct_sans_photo",
    "report_error",
    "address",
    "declare",
    "sign_in",
}
# A wrong code is an answer of this page, not a mistake in a form; its rate asks for no more words.
ANSWERS = {"verify", "order_confirmation"}
