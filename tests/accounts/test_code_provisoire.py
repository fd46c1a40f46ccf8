"""Provisional codes: 8 days, 30 days, five tries, one use; the letter for the print room alone (A4)."""

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import Assure, CodeProvisoire, OutboxMail, Trace
from accounts.ouverture import code_provisoire
from accounts.ouverture.code_provisoire import (
    arrival,
    ask_by_post,
    check_code,
    codes_left_on,
    erase_codes_over,
    hand_over,
    make_letters,
    opened_letter,
    read_code,
)
from declarations.courrier import days_mail
from tests.factories import CODE, DAY, NOW, AssureFactory, CaisseFactory, assure_ready
from tests.ouvrir import stranger, subjects
from tests.pdfs import opened, texts
from vitale_portal.dates import paris
from vitale_portal.references import ALPHABET

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
WRONG = "000000000000"


def handed(assure: Assure, **fields: object) -> str:
    return read_code(hand_over(assure=assure, now=NOW, **fields))


def posted(assure: Assure, monkeypatch: pytest.MonkeyPatch) -> str:
    """A code by post, its letter made; give the code."""
    drawn: list[str] = []
    real = code_provisoire.random_code
    monkeypatch.setattr(code_provisoire, "random_code", lambda n: drawn.append(real(n)) or drawn[-1])
    assert (ask_by_post(assure=assure, now=NOW), make_letters(NOW)) == (True, 1)
    return drawn[0]


def nir(assure: Assure) -> str:
    return assure.beneficiaire.nir


AGES = {
    "at once": (timedelta(), True),
    "last second of 30 days": (30 * DAY - SECOND, True),
    "30 days": (30 * DAY, False),
}


@pytest.mark.parametrize(("age", "good"), AGES.values(), ids=AGES)
def test_code_is_good_for_30_days(age: timedelta, good: bool) -> None:
    assure = stranger()
    code = handed(assure)
    assert (check_code(nir(assure), code, NOW + age) == assure) is good


def test_acceleration_shortens_the_delays_and_leaves_the_tries(settings: Settings) -> None:
    """Section 10."""
    settings.VITALE_ACCELERATION = 3600
    assure = stranger()
    code = handed(assure)
    assert arrival(NOW) == NOW + 8 * DAY / 3600
    assert check_code(nir(assure), code, NOW + 30 * DAY / 3600 - SECOND) == assure
    assert [check_code(nir(assure), WRONG, NOW) for _ in range(5)] == [None] * 5
    assert check_code(nir(assure), code, NOW) is None


@pytest.mark.parametrize(("wrong", "good"), [(0, True), (4, True), (5, False), (6, False)])
def test_five_tries_and_no_more(wrong: int, good: bool) -> None:
    assure = stranger()
    code = handed(assure)
    assert [check_code(nir(assure), WRONG, NOW) for _ in range(wrong)] == [None] * wrong
    assert (check_code(nir(assure), code, NOW) == assure) is good


def test_code_typed_right_costs_no_try_until_it_has_served() -> None:
    assure = stranger()
    code = handed(assure)
    assert [check_code(nir(assure), code, NOW) for _ in range(7)] == [assure] * 7


def test_code_is_of_one_person() -> None:
    one, other = stranger(), assure_ready(user=False, email="")
    code = handed(one)
    assert (check_code(nir(other), code, NOW), check_code("2850101998998", code, NOW)) == (None, None)


def test_new_code_ends_the_former() -> None:
    assure = stranger()
    first = handed(assure)
    second = handed(assure)
    assert (check_code(nir(assure), first, NOW), check_code(nir(assure), second, NOW)) == (None, assure)
    assert CodeProvisoire.objects.count() == 1


def test_code_reads_aloud_and_a_slip_is_seen() -> None:
    shown = hand_over(assure=stranger(), now=NOW)
    code = read_code(shown.lower().replace("-", " "))
    assert (len(shown), len(code), set(code) <= set(ALPHABET)) == (14, 12, True)
    slipped = ALPHABET[(ALPHABET.index(code[0]) + 1) % 32] + code[1:]
    assert [read_code(text) for text in (slipped, code[:-1], code + "0", "", "é" * 12)] == [None] * 5


def test_database_holds_no_code_and_no_letter_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    code = posted(stranger(), monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT code_hash, letter FROM accounts_codeprovisoire")
        hashed, letter = cursor.fetchone()
    assert (code in hashed, b"%PDF" in bytes(letter), code.encode() in bytes(letter)) == (False, False, False)


# --- By post -----------------------------------------------------------------------------------


def test_letter_says_code_address_and_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    assure = stranger()
    code = posted(assure, monkeypatch)
    content = opened_letter(CodeProvisoire.objects.get())
    (page,) = texts(content)
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in page
    assert "12 RUE DES LILAS" in page
    assert "2 décembre 2026 à 10 h 00" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert nir(assure) not in page.replace(" ", "")
    with opened(content) as document:
        assert (str(document.Root.Lang), str(document.docinfo.Title)) == ("fr", "Votre code provisoire")
    assert check_code(nir(assure), code, NOW) == assure


def test_letter_goes_with_the_day_s_mail_of_the_caisse_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assure = stranger()
    posted(assure, monkeypatch)
    day = paris(NOW).date()
    assert "Votre code provisoire" in texts(days_mail(day, assure.caisse))[0]
    assert days_mail(day, CaisseFactory(code="301")) is None
    assert codes_left_on(day + DAY, assure.caisse).count() == 0


def test_letter_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    posted(stranger(), monkeypatch)
    assert make_letters(NOW) == 0
    assert list(Trace.objects.values_list("act", flat=True)) == ["CODE_POSTED"]


def test_no_code_exists_before_its_letter() -> None:
    assure = stranger()
    ask_by_post(assure=assure, now=NOW)
    assert (CodeProvisoire.objects.get().code_hash, check_code(nir(assure), "", NOW)) == ("", None)


AGAIN = {
    "on its way": (8 * DAY - SECOND, 0, False),
    "it should be there": (8 * DAY, 0, True),
    "on its way, tried four times": (DAY, 4, False),
    "on its way, tried out": (DAY, 5, True),
}


@pytest.mark.parametrize(("age", "tries", "anew"), AGAIN.values(), ids=AGAIN)
def test_asking_again_ends_no_letter_on_its_way(
    age: timedelta, tries: int, anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or who asks each day would make each letter useless."""
    assure = stranger()
    code = posted(assure, monkeypatch)
    CodeProvisoire.objects.update(tries=tries)
    assert ask_by_post(assure=assure, now=NOW + age) is anew
    if not anew:
        assert check_code(nir(assure), code, NOW + age) == assure


def test_no_letter_without_an_address_that_serves() -> None:
    nowhere, came_back = AssureFactory(user=False, email=""), assure_ready(user=False, email="")
    came_back.adresses.update(npai_since=NOW)
    assert [ask_by_post(assure=one, now=NOW) for one in (nowhere, came_back)] == [False, False]


def test_address_lost_meanwhile_holds_the_letter() -> None:
    assure = stranger()
    ask_by_post(assure=assure, now=NOW)
    assure.adresses.update(npai_since=NOW)
    assert (make_letters(NOW), erase_codes_over(NOW + 30 * DAY - SECOND)) == (0, 0)
    assert erase_codes_over(NOW + 30 * DAY) == 1


def test_holder_of_an_account_is_told_of_a_code() -> None:
    assure = assure_ready()
    hand_over(assure=assure, now=NOW)
    assert subjects() == ["Un code provisoire a été demandé pour votre compte"]
    assert OutboxMail.objects.get().recipient == assure.email
    assert assure.user.check_password(CODE) is True


def test_codes_over_are_erased_with_their_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    posted(stranger(), monkeypatch)
    assert (erase_codes_over(NOW + 30 * DAY - SECOND), erase_codes_over(NOW + 30 * DAY)) == (0, 1)
