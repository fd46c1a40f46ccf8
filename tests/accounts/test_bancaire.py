"""IBANs: what passes and what is told of the others (A7); what is shown, and what lies in the table."""

import contextlib
import logging

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.bancaire import SEPA, IbanFault, IbanRefused, grouped, parse_iban, shown
from accounts.models import Assure
from tests.factories import AgentFactory, AssureFactory
from tests.fixtures import at_desk

FRENCH = "FR7630006000011234567890189"
GOOD = {
    "France": (FRENCH, FRENCH),
    "France, letters in it": ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
    "spaces": ("FR76 3000 6000 0112 3456 7890 189", FRENCH),
    "no-break spaces": ("FR76\u00a03000\u202f6000\u00a00112 3456 7890 189", FRENCH),
    "dashes and dots": ("FR76-3000-6000.0112.3456-7890-189", FRENCH),
    "lower case": ("fr76 3000 6000 0112 3456 7890 189", FRENCH),
    "the word before": ("IBAN\u00a0: FR76 3000 6000 0112 3456 7890 189", FRENCH),
    "around it": ("  FR7630006000011234567890189\n", FRENCH),
    "Germany": ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    "Belgium": ("BE68 5390 0754 7034", "BE68539007547034"),
    "Spain": ("ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),
    "Italy": ("IT60 X054 2811 1010 0000 0123 456", "IT60X0542811101000000123456"),
    "Luxembourg": ("LU28 0019 4006 4475 0000", "LU280019400644750000"),
    "Malta, the longest": ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "MT84MALT011000012345MTLCAST001S"),
    "Norway, the shortest": ("NO93 8601 1117 947", "NO9386011117947"),
    "Switzerland": ("CH93 0076 2011 6238 5295 7", "CH9300762011623852957"),
    "Monaco": ("MC58 1122 2000 0101 2345 6789 030", "MC5811222000010123456789030"),
    "Portugal": ("PT50 0002 0123 1234 5678 9015 4", "PT50000201231234567890154"),
    "United Kingdom": ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
    "Netherlands": ("NL91 ABNA 0417 1643 00", "NL91ABNA0417164300"),
}
BAD = {
    "one figure wrong": ("FR76 3000 6000 0112 3456 7890 188", IbanFault.KEY),
    "two figures swapped": ("FR76 3000 6000 0112 3456 7809 189", IbanFault.KEY),
    "wrong key": ("FR77 3000 6000 0112 3456 7890 189", IbanFault.KEY),
    "O for 0": ("FR76 3000 6000 O112 3456 7890 189", IbanFault.KEY),
    "one missing": ("FR76 3000 6000 0112 3456 7890 18", IbanFault.LENGTH),
    "one too many": ("FR76 3000 6000 0112 3456 7890 1890", IbanFault.LENGTH),
    "of another length": ("DE89 3704 0044 0532 0130 0", IbanFault.LENGTH),
    "a letter where Germany has figures": ("DE85 A704 0044 0532 0130 00", IbanFault.BANK),
    "Morocco": ("MA64 0115 1900 0001 2050 0053 4921", IbanFault.COUNTRY),
    "Brazil": ("BR18 0036 0305 0000 1000 9795 493C 1", IbanFault.COUNTRY),
    "no country": ("ZZ76 3000 6000 0112 3456 7890 189", IbanFault.COUNTRY),
    "a French account number alone": ("30006000011234567890189", IbanFault.SHAPE),
    "wide figures": ("FR\uff17\uff16 3000 6000 0112 3456 7890 189", IbanFault.SHAPE),
    "arabic figures": ("FR\u0667\u0666 3000 6000 0112 3456 7890 189", IbanFault.SHAPE),
    "markup": ("<script>alert(1)</script>", IbanFault.SHAPE),
    "empty": ("", IbanFault.SHAPE),
    "zero byte": ("FR76\x003000", IbanFault.SHAPE),
}


@pytest.mark.parametrize(("typed", "kept"), GOOD.values(), ids=GOOD)
def test_good_iban_is_kept_without_spaces_in_capitals(typed: str, kept: str) -> None:
    assert parse_iban(typed) == kept


@pytest.mark.parametrize(("typed", "fault"), BAD.values(), ids=BAD)
def test_bad_iban_is_told_why(typed: str, fault: IbanFault) -> None:
    with pytest.raises(IbanRefused) as refused:
        parse_iban(typed)
    assert refused.value.fault == fault
    assert "{" not in refused.value.sentence
    assert (typed in refused.value.sentence, str(refused.value)) == (typed == "", fault.value)


def test_length_is_told_with_the_figure_found_and_the_figure_allowed() -> None:
    with pytest.raises(IbanRefused) as refused:
        parse_iban(FRENCH + "0")
    assert refused.value.sentence.startswith("Cet IBAN a 28 caractères, un IBAN en «\u00a0FR\u00a0» en a 27.")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_iban_of_sepa_or_is_told_why(text: str) -> None:
    with contextlib.suppress(IbanRefused):  # and nothing else
        found = parse_iban(text)
        assert (found[:2] in SEPA, found.isascii(), found.isalnum()) == (True, True, True)


@given(st.integers(0, 26), st.sampled_from("0123456789"))
def test_any_one_wrong_figure_is_caught(at: int, figure: str) -> None:
    wrong = FRENCH[:at] + figure + FRENCH[at + 1 :]
    if wrong == FRENCH:
        assert parse_iban(wrong) == FRENCH
    else:
        with pytest.raises(IbanRefused):
            parse_iban(wrong)


def test_what_is_shown_is_its_last_four_characters() -> None:
    assert (shown(FRENCH), shown(None), shown("")) == ("0189", "", "")
    assert grouped(FRENCH) == "FR76 3000 6000 0112 3456 7890 189"


@pytest.mark.django_db
def test_iban_lies_sealed_in_the_table() -> None:
    assure = AssureFactory(iban=FRENCH)
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban FROM accounts_assure WHERE id = %s", [assure.pk])
        (kept,) = cursor.fetchone()
    assert FRENCH[-8:].encode() not in bytes(kept)
    assert Assure.objects.get(pk=assure.pk).iban == FRENCH


@pytest.mark.django_db
@pytest.mark.parametrize("group", ["droits", "audit"])
def test_agent_sees_its_last_four_characters_alone(group: str, caplog: pytest.LogCaptureFixture) -> None:
    assure, client = AssureFactory(iban=FRENCH), at_desk(AgentFactory(groups=(group,)))
    with caplog.at_level(logging.DEBUG):
        page = client.get(f"/gestion/accounts/assure/{assure.pk}/change/").content.decode()
        rows = client.get("/gestion/accounts/assure/").content.decode()
    assert ("0189" in page, FRENCH[-6:] in page + rows + caplog.text) == (True, False)
