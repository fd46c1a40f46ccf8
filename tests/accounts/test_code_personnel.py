"""What a code personnel must be (A2), and how it is hashed."""

from datetime import date

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import get_password_validators
from django.core.exceptions import ValidationError

from accounts.code_personnel import CommonCodeValidator, CompositionValidator, PersonalDataValidator
from accounts.hashers import CodePersonnelHasher
from accounts.models import Agent, Assure, Beneficiaire, User

COMMON = CommonCodeValidator()


def codes(validator: object, password: str, user: User | None = None) -> list[str | None]:
    try:
        validator.validate(password, user)
    except ValidationError as error:
        return [fault.code for fault in error.error_list]
    return []


def someone(**changes: object) -> User:
    facts = {
        "nir": "280052A073004",
        "nom": "Le Goff-Ménard",
        "prenoms": "Zoé Marie-Noëlle",
        "date_naissance": date(1980, 5, 7),
    }
    return User(assure=Assure(beneficiaire=Beneficiaire(**facts | changes)))


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        pytest.param("abcde-1", ["code_too_short"], id="7"),
        pytest.param("abcdef-1", [], id="8"),
        pytest.param("a" * 48 + "-1", [], id="50"),
        pytest.param("a" * 49 + "-1", ["code_too_long"], id="51"),
        pytest.param("1234567-", ["code_no_letter"], id="no-letter"),
        pytest.param("abcdefg-", ["code_no_digit"], id="no-digit"),
        pytest.param("abcdefg1", ["code_no_special"], id="no-special"),
        pytest.param("abcdefg1 ", ["code_no_special"], id="a-space-is-no-special"),
        pytest.param("éàçéàç1-", [], id="accented-letters"),
        pytest.param("жжжжжж1-", ["code_no_letter"], id="cyrillic"),
        pytest.param("abcdefg١-", ["code_no_digit"], id="arabic-digit"),
        pytest.param("abcdef1€", [], id="euro"),
        pytest.param("abcdef1🙂", [], id="emoji"),
        pytest.param("phrase de passe 1.", [], id="spaces-are-allowed"),
        pytest.param(
            "",
            ["code_too_short", "code_no_letter", "code_no_digit", "code_no_special"],
            id="empty-all-at-once",
        ),
        pytest.param("abc", ["code_too_short", "code_no_digit", "code_no_special"], id="three-at-once"),
    ],
)
def test_composition(password: str, faults: list[str]) -> None:
    assert codes(CompositionValidator(), password) == faults


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        pytest.param("Xk4-280052A073004", ["code_holds_nir"], id="nir"),
        pytest.param("2 80 05 2a 073 004 !", ["code_holds_nir"], id="nir-spaced-lower-case"),
        pytest.param("280052A07300443!", ["code_holds_nir"], id="nir-with-key"),
        pytest.param("28005-A073004x!", [], id="not-the-nir"),
        pytest.param("Menard-42kx", ["code_holds_name"], id="part-of-family-name"),
        pytest.param("MÉNARD-42kx", ["code_holds_name"], id="accents-capitals"),
        pytest.param("legoffmenard42!", ["code_holds_name"], id="family-name-in-one"),
        pytest.param("xxgoffxx-42", ["code_holds_name"], id="inside-a-word"),
        pytest.param("zoe-2468-k", ["code_holds_name"], id="short-first-name-alone"),
        pytest.param("Zoé2468-k", ["code_holds_name"], id="short-first-name-accent"),
        pytest.param("benzoes-2468", [], id="short-first-name-inside-a-word"),
        pytest.param("marienoelle-42", ["code_holds_name"], id="double-first-name-in-one"),
        pytest.param("Noëlle!4242", ["code_holds_name"], id="half-of-a-double-first-name"),
        pytest.param("le-chat-4242", [], id="particle-is-no-name"),
        pytest.param("xk-07051980", ["code_holds_birth_date"], id="ddmmyyyy"),
        pytest.param("xk-07/05/1980", ["code_holds_birth_date"], id="dd/mm/yyyy"),
        pytest.param("xk-7.5.1980", ["code_holds_birth_date"], id="d.m.yyyy"),
        pytest.param("xk-070580", ["code_holds_birth_date"], id="ddmmyy"),
        pytest.param("xk-1980-05-07", ["code_holds_birth_date"], id="yyyy-mm-dd"),
        pytest.param("xk!800507", ["code_holds_birth_date"], id="yymmdd"),
        pytest.param("7 mai 1980!", ["code_holds_birth_date"], id="in-words"),
        pytest.param("07-mai-80 !", ["code_holds_birth_date"], id="in-words-short"),
        pytest.param("xk-1980-xk!", [], id="year-alone"),
        pytest.param("xk-08051980", [], id="another-day"),
        pytest.param(
            "Goff070580/280052A073004",
            ["code_holds_nir", "code_holds_name", "code_holds_birth_date"],
            id="all-at-once",
        ),
        pytest.param("tout-autre-42", [], id="nothing-personal"),
    ],
)
def test_personal_data(password: str, faults: list[str]) -> None:
    assert codes(PersonalDataValidator(), password, someone()) == faults


@pytest.mark.parametrize(
    ("nom", "password", "faults"),
    [
        pytest.param("Ly", "ly-123456x", ["code_holds_name"], id="two-letters-alone"),
        pytest.param("Ly", "lycee-1234", [], id="two-letters-in-a-word"),
        pytest.param("D’Angelo", "dangelo-1234", ["code_holds_name"], id="apostrophe"),
        pytest.param("D’Angelo", "d-1234-xyzk", [], id="one-letter"),
        pytest.param("Lœwe", "loewe-1234", ["code_holds_name"], id="ligature"),
    ],
)
def test_family_names_of_every_kind(nom: str, password: str, faults: list[str]) -> None:
    assert codes(PersonalDataValidator(), password, someone(nom=nom)) == faults


@pytest.mark.parametrize("password", ["1er août 1980 !", "01 aout 1980 !", "1-août-80 !"])
def test_birth_date_the_first_of_a_month_in_words(password: str) -> None:
    born = someone(date_naissance=date(1980, 8, 1))
    assert codes(PersonalDataValidator(), password, born) == ["code_holds_birth_date"]


@pytest.mark.parametrize(
    "user", [None, User(), User(agent=Agent(nom="Martin", prenom="Luc"))], ids=["none", "nobody", "agent"]
)
def test_personal_data_without_an_assure(user: User | None) -> None:
    assert codes(PersonalDataValidator(), "07051980-xk", user) == []


@pytest.mark.parametrize(
    ("password", "common"),
    [
        pytest.param("password1!", True, id="password"),
        pytest.param("azerty123!", True, id="azerty"),
        pytest.param("Soleil2026*", True, id="soleil"),
        pytest.param("!Bonjour1", True, id="sign-ahead"),
        pytest.param("1motdepasse!", True, id="digit-ahead"),
        pytest.param("mot-de-passe-1", True, id="hyphens"),
        pytest.param("Février2026!", True, id="month-accent"),
        pytest.param("Dimanche22!", True, id="weekday"),
        pytest.param("CarteVitale1!", True, id="this-site"),
        pytest.param("abc123!!!!", True, id="common-with-digits"),
        pytest.param("123456789a!", True, id="digits-then-letter"),
        pytest.param("love1234!", True, id="four-letters"),
        pytest.param("xkq-83920-51", False, id="three-random-letters"),
        pytest.param("cheval-correct-7-agrafe", False, id="several-words"),
        pytest.param("soleilvert7!", False, id="two-words-in-one"),
        pytest.param("4!-+8392051", False, id="no-letter"),
        pytest.param("Tr7-mgvqz", False, id="random"),
    ],
)
def test_common_codes(password: str, common: bool) -> None:
    assert codes(COMMON, password) == (["code_too_common"] if common else [])


def test_settings_name_the_three_validators_and_each_has_its_help() -> None:
    validators = get_password_validators(settings.AUTH_PASSWORD_VALIDATORS)
    assert [type(validator) for validator in validators] == [
        CompositionValidator,
        PersonalDataValidator,
        CommonCodeValidator,
    ]
    assert [validator.get_help_text()[-1] for validator in validators] == [".", ".", "."]


def test_hash_is_argon2id_at_the_minimum_of_owasp() -> None:
    hasher = CodePersonnelHasher()
    encoded = hasher.encode("cheval-correct-7", hasher.salt())
    assert encoded.rpartition("$")[0].rpartition("$")[0] == "argon2$argon2id$v=19$m=47104,t=1,p=1"
    assert (hasher.verify("cheval-correct-7", encoded), hasher.verify("cheval-correct-8", encoded)) == (
        True,
        False,
    )
    assert hasher.must_update(encoded) is False
