"""A tour of every page of the site, valid and in error, in the states that matter.

A walk opens pages and names each by its view; the tables below say which walk shows which.
"""

from collections.abc import Callable, Iterator, Mapping

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import LinkPurpose
from accounts.liens import PARAMETER, make_link
from accounts.models import Assure
from accounts.ouverture.demandes import ask_forgotten, judge
from carte.commandes import submit_commande
from carte.enums import CommandeState, PieceKind
from carte.models import Carte, CopieCarte
from tests.browser.steps import come_back, first_step, lose_session, path, picture, press, send, understand
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
from tests.ouvrir import IBAN_END, MAILBOX, NEW_CODE, SERIAL_END, last_link, stranger, typed

Walk = Callable[[Page, Assure], Iterator[str]]

REFUSED = {PieceKind.PHOTO: ["EYES", "LIGHT"], PieceKind.IDENTITE: ["CUT"]}
PUBLIC = ("home", "help", "security", "delays", "accessibility", "legal", "privacy")
NEW_EMAIL = {"purpose": LinkPurpose.EMAIL, "email": "nouvelle@courriel.example"}
# The forms of « Mes informations », and the button of each: sent empty, they all have something to say.
GATED = {
    "email": "Envoyer le lien",
    "code": "Changer le code",
    "bank": "Continuer",
    "rectification": "Envoyer à ma caisse",
    "export": "Télécharger",
}
LONG_NAME = "DE LA ROCHEFOUCAULD-MONTBEL"
NO_PAGES = {
    "alive",
    "ready",
    "opening_link",
    "forgotten_link",
    "security_txt",
    "robots",
    "sign_out",
    "second_step_again",
    "communes",
    "session_close",
    "session_close_others",
    "device_forget",
    "session_stay",
    "session_left",
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


def visitor(page: Page, assure: Assure) -> Iterator[str]:
    page.context.clear_cookies()
    for view in (*PUBLIC, "verify", "sign_in", "terms", "forgotten"):
        page.goto(reverse(view))
        yield view
    for view in ("forgotten_sent", "opening_code", "opening_posted", "forgotten_by_post"):
        page.goto(reverse(view))
        yield view
    first_step(page, assure)
    yield "second_step"


def opening(page: Page, assure: Assure) -> Iterator[str]:
    """An account opened step by step; then a forgotten code."""
    page.context.clear_cookies()
    who = stranger()
    page.goto(reverse("opening_who"))
    yield "opening_who"
    write_who(page, who)
    yield "opening_proof"
    page.goto(reverse("opening_post"))
    yield "opening_post"
    page.goto(reverse("opening_proof"))
    write_proof(page)
    yield "opening_terms"
    page.locator("[name=accepted]").check()
    press(page, "Continuer")
    yield "opening_choose_code"
    page.locator("[name=code]").fill(NEW_CODE)
    yield "opening_choose_code"
    press(page, "Continuer")
    yield "opening_email"
    page.locator("[name=email]").fill(MAILBOX)
    press(page, "Envoyer le lien")
    yield "opening_sent"
    page.goto(last_link())
    yield "opening_confirm"
    press(page, "Confirmer et ouvrir mon compte")
    page.goto(reverse("opening_confirm"))
    yield "opening_confirm"
    page.goto(reverse("opening_who"))
    write_who(page, who)
    write_proof(page)
    yield "opening_proof"
    page.goto(reverse("forgotten_new"))
    yield "forgotten_new"
    ask_forgotten(nir=assure.beneficiaire.nir, now=timezone.now())
    judge(timezone.now())
    page.goto(last_link())
    yield "forgotten_new"


def write_who(page: Page, who: Assure) -> None:
    for name, value in typed(who).items():
        page.locator(f"main [name={name}]").fill(value)
    press(page, "Continuer")


def write_proof(page: Page) -> None:
    page.locator("[name=iban]").fill(IBAN_END)
    page.locator("[value=PHOTO]").check()
    page.locator("[name=serial]").fill(SERIAL_END)
    press(page, "Continuer")


def opening_mistakes(page: Page, assure: Assure) -> Iterator[str]:
    """Each page of the opening, sent empty."""
    who = stranger()
    for view, name in (
        ("opening_who", "Continuer"),
        ("opening_code", "Continuer"),
        ("forgotten", "Recevoir le lien"),
        ("forgotten_by_post", "Demander le code"),
    ):
        page.goto(reverse(view))
        press(page, name)
        yield view
    page.goto(reverse("opening_who"))
    write_who(page, who)
    press(page, "Continuer")
    yield "opening_proof"
    write_proof(page)
    for view, name in (
        ("opening_terms", "Continuer"),
        ("opening_choose_code", "Continuer"),
        ("opening_email", "Envoyer le lien"),
    ):
        press(page, name)
        yield view
        if view == "opening_terms":
            page.locator("[name=accepted]").check()
            press(page, "Continuer")
        elif view == "opening_choose_code":
            page.locator("[name=code]").fill(NEW_CODE)
            press(page, "Continuer")
    ask_forgotten(nir=assure.beneficiaire.nir, now=timezone.now())
    judge(timezone.now())
    page.goto(last_link())
    press(page, "Enregistrer le nouveau code")
    yield "forgotten_new"


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
        "session_list",
        "address",
        "email",
        "code",
        "bank",
        "rectification",
        "export",
        "tracking_list",
        "declare",
        "declaration_list",
    ):
        page.goto(reverse(view))
        yield view
    page.goto(reverse("message", args=[assure.messages.get().reference]))
    yield "message"
    for token in ("inconnu", make_link(**NEW_EMAIL, assure=assure, now=timezone.now())):
        page.goto(f"{reverse('email_confirm')}?{PARAMETER}={token}")
        yield "email_confirm"
    page.goto(reverse("bank"))
    page.get_by_label("IBAN").fill("FR76 3000 6000 0112 3456 7890 189")
    press(page, "Continuer")
    yield "bank"
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


def late(page: Page, assure: Assure) -> Iterator[str]:
    """A photo sent once the session is over; then the warning over the page, and its end."""
    page.goto(path("order_photo", CommandeFactory(author=assure, photo_conditions_at=timezone.now())))
    page.locator("[name=file]").set_input_files(picture(name=f"{'tres-' * 12}longue.jpg"))
    lose_session(page)
    press(page, "Envoyer")
    come_back(page, assure)
    yield "reprise"
    for left in (60, 0):
        page.locator("[data-session]").evaluate(
            "(dialog, left) => { dialog.querySelector('[data-session-part=' + left + ']').hidden = false;"
            " dialog.open || dialog.showModal(); }",
            "warning" if left else "over",
        )
        yield "reprise"


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
    for view, name in GATED.items():
        page.goto(reverse(view))
        press(page, name)
        yield view
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
    yield from sign_in_mistakes(page, assure)
    yield from opening_mistakes(page, assure)


def sign_in_mistakes(page: Page, assure: Assure) -> Iterator[str]:
    """Both steps, sent empty."""
    page.goto(reverse("sign_in"))
    press(page, "Se connecter")
    yield "sign_in"
    first_step(page, assure)
    press(page, "Continuer")
    yield "second_step"


VALID: Mapping[Walk, set[str]] = {
    visitor: {
        *PUBLIC,
        "verify",
        "sign_in",
        "second_step",
        "terms",
        "forgotten",
        "forgotten_sent",
        "opening_code",
        "opening_posted",
        "forgotten_by_post",
    },
    opening: {
        "opening_who",
        "opening_proof",
        "opening_post",
        "opening_terms",
        "opening_choose_code",
        "opening_email",
        "opening_sent",
        "opening_confirm",
        "forgotten_new",
    },
    account: {
        "dashboard",
        "demarches",
        "cartes",
        "inbox",
        "message",
        "profile",
        "file_looks",
        "session_list",
        "address",
        "email",
        "email_confirm",
        "code",
        "bank",
        "rectification",
        "export",
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
    late: {"reprise"},
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
    "email",
    "code",
    "bank",
    "rectification",
    "export",
    "declare",
    "sign_in",
    "opening_who",
    "opening_proof",
    "opening_code",
    "opening_terms",
    "opening_choose_code",
    "opening_email",
    "forgotten",
    "forgotten_by_post",
    "forgotten_new",
    "second_step",
}
# A wrong code is an answer of this page, not a mistake in a form; its rate asks for no more words.
ANSWERS = {"verify", "order_confirmation"}
