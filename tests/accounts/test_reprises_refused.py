"""What was kept of a session that ended is its sender’s alone, for half an hour; not all is kept (A6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.middleware.csrf import _mask_cipher_secret, _unmask_cipher_token
from django.urls import get_resolver, reverse
from django.utils import timezone
from time_machine import Traveller

from accounts import reprises
from accounts.models import Assure, Reprise, Session
from accounts.sessions import REMEMBERED, clear_ended, end_sessions
from accounts.sweeps import run
from carte.models import Commande
from tests.factories import NOW, AssureFactory, CommandeFactory, assure_ready, ayant_droit, jpeg
from tests.reprises import AGAIN, DOOR, HOME, MINUTE, RESUME, SECOND, WRITTEN, Late, is_explained, photo, step
from tests.visitor import Visitor, signed_in
from vitale_portal.sealing import MAGIC

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]

NOT_KEPT = "/connexion/?interrompu=1&next="


@pytest.fixture
def photo_page(assure: Assure) -> str:
    """The page of a draft that waits for its photo."""
    return step("order_photo", CommandeFactory(author=assure, photo_conditions_at=NOW))


def sweep() -> None:
    run("accounts.sweep_sessions", clear_ended)


# --- Not for anybody else, not later, not elsewhere ----------------------------------------------


def test_another_person_in_the_same_browser_finds_nothing_and_the_sender_still_does(
    kept: Late, sans_photo: str
) -> None:
    kept.sign_in(assure_ready(), DOOR)
    assert kept.finds_nothing()
    assert "Un envoi attend d’être repris" not in kept.open(RESUME).content.decode()
    assert kept.send(AGAIN, sans_photo, follow=True).redirect_chain[0] == (RESUME, 302)
    assert Reprise.objects.count() == 1
    kept.send({}, reverse("sign_out"))
    assert "votre explication" in kept.offered()


def test_form_of_the_first_is_not_kept_for_the_second(visitor: Late, sans_photo: str) -> None:
    """Someone else signed in meanwhile: his page says that the other’s was not taken."""
    visitor.open(sans_photo)
    with visitor.another_tab():
        visitor.sign_in(assure_ready())
    assert (visitor.send(WRITTEN).url, Reprise.objects.count()) == (sans_photo, 0)


def test_same_person_in_another_browser_finds_nothing(kept: Late, assure: Assure, sans_photo: str) -> None:
    elsewhere = Late(assure, kept.clock)
    assert elsewhere.finds_nothing()
    for tampered in ("", "0" * 64, Reprise.objects.get().session_id, kept.cookies["reprise"].value[:-1]):
        elsewhere.cookies["reprise"] = tampered
        elsewhere.open(HOME)
        assert elsewhere.send(AGAIN, sans_photo).url == RESUME
    assert Reprise.objects.count() == 1


HALF_AN_HOUR = {
    "the last second": (30 * MINUTE - SECOND, True, True),
    "over": (30 * MINUTE, True, False),
    "over, though no sweep came": (30 * MINUTE, False, False),
}


@pytest.mark.parametrize(("later", "swept", "there"), HALF_AN_HOUR.values(), ids=HALF_AN_HOUR)
def test_form_is_kept_half_an_hour(
    kept: Late,
    assure: Assure,
    draft: Commande,
    sans_photo: str,
    later: timedelta,
    *,
    swept: bool,
    there: bool,
) -> None:
    kept.clock.shift(later)
    if swept:
        sweep()
        assert Reprise.objects.exists() is there
    kept.sign_in(assure, DOOR)
    assert kept.finds_nothing() is not there
    kept.open(HOME)
    assert (kept.send(AGAIN, sans_photo).url == RESUME) is not there
    assert is_explained(draft) is there


def test_form_sent_just_before_its_session_is_forgotten_is_kept_as_long(
    visitor: Late, clock: Traveller, sans_photo: str
) -> None:
    visitor.open(sans_photo)
    clock.shift(15 * MINUTE + REMEMBERED - MINUTE)
    visitor.send(WRITTEN)
    for after, there in ((29 * MINUTE, True), (MINUTE, False)):
        clock.shift(after)
        sweep()
        assert Reprise.objects.exists() is there
    assert not Session.objects.exists()


def test_form_is_taken_at_its_own_address_alone(kept: Late, assure: Assure, sans_photo: str) -> None:
    kept.offered()
    child = CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), photo_conditions_at=NOW)
    for url in (step("sans_photo", child), reverse("address"), f"{sans_photo}?a=b"):
        assert kept.send(AGAIN, url).url == RESUME
    assert (Reprise.objects.count(), child.pieces.count()) == (1, 0)


@pytest.mark.parametrize("column", ["path", "user", "content"])
def test_row_changed_behind_our_back_does_not_open(kept: Late, assure: Assure, column: str) -> None:
    thief, cut = AssureFactory(), bytes(Reprise.objects.get().content)[:-1]
    changed = {"path": reverse("address"), "user": thief.user, "content": cut}
    Reprise.objects.update(**{column: changed[column]})
    kept.sign_in(thief if column == "user" else assure, DOOR)
    assert kept.finds_nothing()
    assert kept.send(AGAIN, Reprise.objects.get().path).url == RESUME


# --- Nothing is kept -----------------------------------------------------------------------------


def left(visitor: Visitor, _assure: Assure) -> None:
    visitor.send({}, reverse("sign_out"))


def closed(_visitor: Visitor, assure: Assure) -> None:
    other = signed_in(assure)
    other.open(reverse("session_list"))
    other.send({}, reverse("session_close_others"))


def code_changed(_visitor: Visitor, assure: Assure) -> None:
    end_sessions(assure.user, keep=None)


def account_closed(_visitor: Visitor, assure: Assure) -> None:
    assure.user.is_active = False
    assure.user.save()


def long_gone(_visitor: Visitor, _assure: Assure) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=12))
    clear_ended(timezone.now())


@pytest.mark.parametrize("end", [left, closed, code_changed, account_closed, long_gone])
def test_nothing_is_kept_of_a_session_that_was_closed(
    visitor: Late, assure: Assure, sans_photo: str, end: Callable[[Visitor, Assure], None]
) -> None:
    visitor.open(sans_photo)
    tab = visitor.tab()
    end(visitor, assure)
    visitor.back(tab)
    answer = visitor.send(WRITTEN)
    assert (answer.status_code, answer.url) == (302, f"{NOT_KEPT}{sans_photo}")
    assert (Reprise.objects.count(), "reprise" in visitor.cookies) == (0, False)


def test_nothing_is_kept_of_a_stranger(sans_photo: str) -> None:
    visitor = Visitor()
    visitor.open("/connexion/")
    visitor.page = sans_photo
    assert visitor.send(WRITTEN).url == f"{NOT_KEPT}{sans_photo}"
    assert Reprise.objects.count() == 0


TOKENS = {
    "none": (lambda _token: "", 403),
    "of another length": (lambda token: token[:-1], 403),
    "its secret alone": (_unmask_cipher_token, 302),
    "of a secret nobody drew": (lambda _token: _mask_cipher_secret("a" * 32), 403),
    "not of a token's letters": (lambda token: "é" + token[1:], 403),
    "a null": (lambda token: "\0" + token[1:], 403),
}


@pytest.mark.parametrize(("tamper", "status"), TOKENS.values(), ids=TOKENS)
def test_nothing_is_kept_under_a_false_token(
    visitor: Late, sans_photo: str, tamper: Callable[[str], str], status: int
) -> None:
    visitor.open(sans_photo)
    visitor.token = tamper(visitor.token)
    assert (visitor.send_late(WRITTEN).status_code, Reprise.objects.count()) == (status, 0)


def test_secret_put_in_the_browser_by_somebody_else_tells_nothing(visitor: Late, sans_photo: str) -> None:
    visitor.cookies["csrftoken"] = "a" * 32
    answer = visitor.send_late(WRITTEN, page=sans_photo)
    assert (answer.url, Reprise.objects.count()) == (f"{NOT_KEPT}{sans_photo}", 0)


@pytest.mark.parametrize("referer", ["https://faux.example/", "//faux.example/", ""])
def test_form_with_a_former_token_from_another_site_is_refused(
    visitor: Late, assure: Assure, sans_photo: str, referer: str
) -> None:
    visitor.open(sans_photo)
    with visitor.another_tab():
        visitor.sign_in(assure)
    data = WRITTEN | {"csrfmiddlewaretoken": visitor.token}
    answer = visitor.post(sans_photo, data, headers={"referer": referer})
    assert (answer.status_code, Reprise.objects.count()) == (403, 0)


def test_body_cut_short_is_not_kept(visitor: Late, photo_page: str) -> None:
    """Its token comes last."""
    visitor.open(photo_page)
    visitor.clock.shift(15 * MINUTE)
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + jpeg()[:1000]
    answer = visitor.post(photo_page, body, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, Reprise.objects.count()) == (403, 0)


CODES = ("code", "new_password1", "password", "totp", "nouveau_code")
NEVER = {name: ({name: "Un-code-2026"}, "") for name in CODES} | {"address too long": ({}, f"?{'a' * 500}")}


@pytest.mark.parametrize(("more", "query"), NEVER.values(), ids=NEVER)
def test_form_with_a_code_in_it_or_too_long_an_address_is_never_kept(
    visitor: Late, sans_photo: str, more: dict[str, str], query: str
) -> None:
    answer = visitor.send_late(WRITTEN | more, f"{sans_photo}{query}", page=sans_photo)
    assert (answer.url, Reprise.objects.count()) == (f"{NOT_KEPT}{sans_photo}", 0)


def subclasses(cls: type) -> set[type]:
    return {one for child in cls.__subclasses__() for one in {child} | subclasses(child)}


def test_every_field_a_code_is_typed_in_is_known_by_its_name() -> None:
    """Of every form of the portal: the URL configuration has brought them all in."""
    get_resolver().url_patterns  # noqa: B018
    typed = {
        name
        for form in subclasses(forms.BaseForm)
        if form.__module__.split(".")[0] in {"accounts", "carte", "declarations", "suivi"}
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput)
    }
    assert "code" in typed
    assert {name for name in typed if not reprises.is_secret(name)} == set()


def test_button_of_the_warning_is_not_kept_over_a_form(kept: Late, sans_photo: str) -> None:
    assert kept.send({}, reverse("session_stay")).url.startswith(NOT_KEPT)
    assert Reprise.objects.get().path == sans_photo


# --- Bounds, what lies in the database -----------------------------------------------------------


def test_what_is_kept_lies_sealed(kept: Late) -> None:
    """P7 is health data."""
    content = bytes(Reprise.objects.get().content)
    assert content.startswith(MAGIC)
    assert b"MEDICAL" not in content
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_reprise")
        assert kept.cookies["reprise"].value not in repr(cursor.fetchall())


def test_heaviest_body_is_kept_and_given_back_whole(visitor: Late, photo_page: str) -> None:
    heavy = bytes(range(256)) * (settings.VITALE_BODY_LIMIT // 256 - 10)
    assert visitor.send_late(photo(heavy), page=photo_page).url == DOOR
    (sent,) = [reprises.content_of(one) for one in Reprise.objects.all()]
    assert sent.files["file"].read() == heavy
    visitor.offered()
    page = visitor.send(AGAIN, photo_page).content.decode()
    assert "<title>Erreur" in page  # P2 judges it as any other


def test_body_over_the_limit_is_not_kept(visitor: Late, photo_page: str) -> None:
    answer = visitor.send_late(photo(bytes(settings.VITALE_BODY_LIMIT)), page=photo_page)
    assert (answer.status_code, Reprise.objects.count()) == (413, 0)


def test_one_user_cannot_fill_the_disk(
    clock: Traveller, assure: Assure, photo_page: str, settings: Any
) -> None:
    settings.VITALE_BODY_LIMIT = 100_000
    visitors = [signed_in(assure) for _ in range(5)]
    for visitor in visitors:
        visitor.open(photo_page)
    clock.shift(15 * MINUTE)
    answers = [visitor.send(photo(bytes(90_000))).url for visitor in visitors]
    assert [url == DOOR for url in answers] == [True, True, True, False, False]
    assert visitors[0].send(photo(bytes(90_000))).url == DOOR  # in the place of its own


def test_so_many_forms_of_one_user_are_kept_and_no_more(visitor: Late) -> None:
    visitor.open(reverse("address"))
    visitor.clock.shift(15 * MINUTE)
    answers = [visitor.send({}, f"{reverse('address')}?{number}").url == DOOR for number in range(10)]
    assert answers == [True] * reprises.FORMS_OF_A_USER + [False] * 2


HOSTILE = {
    "many values": {"text": ["a"] * 900},
    "controls": {"text": "\x01\x1f\u202e\ud7ff\U0001f600"},
    "name of a file": {"file": SimpleUploadedFile("../../etc/passwd\r\nX: y", b"x", "text/html; charset=é")},
    "long name": {"file": SimpleUploadedFile("a" * 5000, b"x")},
    "same name, field and file": {"file": [SimpleUploadedFile("a", b"1"), SimpleUploadedFile("b", b"2")]},
    "field of the desk": {"_popup": "1", "reprise": "1"},
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_body_is_kept_and_judged_like_any_other(
    visitor: Late, assure: Assure, draft: Commande, data: dict[str, Any]
) -> None:
    url = step("order_photo", draft)
    visitor.send_late(data, page=url)
    visitor.sign_in(assure, DOOR)
    page = visitor.open(RESUME)
    assert page.status_code == 200
    assert "etc/passwd" not in page.content.decode()
    assert visitor.send(AGAIN, url).status_code in {200, 302}
    assert Reprise.objects.count() == 0
