"""Who may open an account, and what proves it: tables of cases (A4)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Assure
from accounts.ouverture.preuves import Identity, Proof, known_assure, may_hold_account, prove_at_once
from carte.enums import CarteState
from tests.factories import NOW, AdresseFactory, AssureFactory, BeneficiaireFactory, CarteFactory
from tests.ouvrir import IBAN_END, OLD_SERIAL, SERIAL, SERIAL_END, identity, stranger

pytestmark = pytest.mark.django_db


def proved(assure: Assure, who: Identity | None = None, **fields: object) -> Proof:
    given = {"iban_ending": IBAN_END, "serial": SERIAL_END, "with_photo": True, "now": NOW}
    return prove_at_once(who or identity(assure), **given | fields)[0]


NAMES = {"DURAND": True, "durand": True, " Durand ": True, "Dùrand": True, "Durant": False, "": False}


@pytest.mark.parametrize(("name", "known"), NAMES.items())
def test_name_is_read_without_case_accents_or_signs(name: str, known: bool) -> None:
    assure = stranger(beneficiaire=BeneficiaireFactory(nom="DURAND"))
    assert (known_assure(identity(assure, nom=name), NOW) == assure) is known


def test_name_of_two_words_may_be_written_in_three_ways() -> None:
    assure = stranger(beneficiaire=BeneficiaireFactory(nom="Le Goff-D’Arc"))
    ways = ("LE GOFF D'ARC", "legoff darc", "Le-Goff-d’Arc")
    assert [known_assure(identity(assure, nom=way), NOW) for way in ways] == [assure] * 3


WRONG = {
    "another NIR": {"nir": "2850101998998"},
    "another day": {"date_naissance": date(1985, 1, 16)},
    "another postcode": {"code_postal": "01001"},
    "no postcode": {"code_postal": ""},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_each_part_of_an_identity_counts(wrong: dict[str, object]) -> None:
    assert known_assure(identity(stranger(), **wrong), NOW) is None


def test_postcode_may_be_that_of_the_address_that_waits() -> None:
    assure = stranger()
    AdresseFactory(assure=assure, code_postal="75001", commune="Paris", waiting=True)
    codes = ("01000", "75001")
    assert [known_assure(identity(assure, code_postal=code), NOW) for code in codes] == [assure] * 2


@pytest.mark.parametrize("code", ["98714", "99109"])
def test_postcode_of_who_lives_elsewhere_is_that_of_his_statements(code: str) -> None:
    """98xxx for a COM, 99xxx for a country abroad."""
    assure = AssureFactory(user=False, email="", code_postal_ailleurs=code)
    assert known_assure(identity(assure, code_postal=code), NOW) == assure
    assert known_assure(identity(assure, code_postal="01000"), NOW) is None


PROOFS = {
    "both": ({}, Proof.OPEN),
    "another IBAN": ({"iban_ending": "7890180"}, Proof.WRONG),
    "six digits": ({"iban_ending": "890189"}, Proof.WRONG),
    "eight digits": ({"iban_ending": "67890189"}, Proof.WRONG),
    "another serial": ({"serial": "12345678900"}, Proof.WRONG),
    "ten digits": ({"serial": "2345678901"}, Proof.WRONG),
    "the whole serial": ({"serial": SERIAL}, Proof.WRONG),
    "no serial": ({"serial": ""}, Proof.WRONG),
    "no IBAN": ({"iban_ending": ""}, Proof.WRONG),
    "said to be without photo": ({"with_photo": False}, Proof.WRONG),
}


@pytest.mark.parametrize(("given", "proof"), PROOFS.values(), ids=PROOFS)
def test_card_with_photo_asks_its_last_11_digits(given: dict[str, object], proof: Proof) -> None:
    assert proved(stranger(), **given) == proof


@pytest.mark.parametrize("serial", ["12345678", OLD_SERIAL, "1234567890123"])
def test_card_without_photo_asks_all_its_digits(serial: str) -> None:
    assure = stranger(with_photo=False)
    assure.beneficiaire.cartes.update(serial=serial)
    found = [
        proved(assure, serial=typed, with_photo=False)
        for typed in (serial, serial[1:], serial[:-1], "0" + serial)
    ]
    assert found == [Proof.OPEN, Proof.WRONG, Proof.WRONG, Proof.WRONG]


@pytest.mark.parametrize("state", [state for state in CarteState if state != CarteState.IN_USE])
def test_card_that_is_not_in_use_proves_nothing(state: CarteState) -> None:
    """A stolen one, put in opposition, opens no account."""
    assure = stranger()
    assure.beneficiaire.cartes.all().delete()
    CarteFactory(beneficiaire=assure.beneficiaire, serial=SERIAL, state=state)
    assert proved(assure) == Proof.WRONG


def test_without_an_iban_on_file_nothing_fits() -> None:
    assure = stranger(iban=None)
    ways = (IBAN_END, "", "-------", "0000000")
    assert [proved(assure, iban_ending=typed) for typed in ways] == [Proof.WRONG] * 4


def test_without_a_card_nothing_fits() -> None:
    assure = stranger()
    assure.beneficiaire.cartes.all().delete()
    assert [proved(assure, serial=typed) for typed in (SERIAL_END, "")] == [Proof.WRONG] * 2


def test_card_of_another_proves_nothing() -> None:
    assure = stranger()
    assure.beneficiaire.cartes.update(serial="8025099999999999")
    CarteFactory(beneficiaire=BeneficiaireFactory(), serial=SERIAL)
    assert proved(assure) == Proof.WRONG


def test_who_has_an_account_is_told_once_all_fits_and_not_before() -> None:
    assure = stranger(user=True, email="a@courriel.example")
    assert (proved(assure), proved(assure, serial="12345678900")) == (Proof.EXISTS, Proof.WRONG)


MIDNIGHT = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)  # 00:00 on 2 November in Paris
BIRTHDAYS = {
    "a second before 16": (date(2010, 11, 2), MIDNIGHT - timedelta(seconds=1), False),
    "16 at midnight in Paris": (date(2010, 11, 2), MIDNIGHT, True),
    "born on 29 February, on the 28th": (date(2012, 2, 29), datetime(2028, 2, 28, 22, 59, tzinfo=UTC), False),
    "born on 29 February, on the 29th": (date(2012, 2, 29), datetime(2028, 2, 28, 23, 0, tzinfo=UTC), True),
}


@pytest.mark.parametrize(("born", "now", "old_enough"), BIRTHDAYS.values(), ids=BIRTHDAYS)
def test_account_is_for_who_is_16_by_the_day_in_paris(born: date, now: datetime, old_enough: bool) -> None:
    assure = stranger(born=born)
    assert may_hold_account(assure, now) is old_enough
    assert proved(assure, now=now) == (Proof.OPEN if old_enough else Proof.TOO_YOUNG)


def test_as_many_questions_whoever_is_asked_about() -> None:
    """Time must not tell who is known, has an account, or is too young."""
    unknown = Identity("2850101998998", "PERSONNE", date(1985, 1, 15), "01000")
    known = [stranger()]
    others = ({"user": True}, {"born": date(2012, 1, 1)}, {"iban": None})
    known += [stranger(**fields) for fields in others]
    counts = set()
    for who in (unknown, *(identity(one) for one in known)):
        with CaptureQueriesContext(connection) as asked:
            prove_at_once(who, iban_ending="0000000", serial="00000000000", with_photo=True, now=NOW)
        counts.add(len(asked))
    assert counts == {3}
