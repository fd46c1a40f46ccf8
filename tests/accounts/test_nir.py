"""The NIR: reading (A1), rules and key (A8), ways to show it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import nir as oracle

from accounts.nir import Nir, NirError, NirFault

PLAIN = "1561001053001"
MONTHS = [*range(1, 13), 20, *range(30, 43), *range(50, 100)]
MAINLAND = [f"{n:02d}" for n in range(1, 97) if n != 20]


def with_key(value: str) -> str:
    return value + oracle.calc_check_digits(value)


def places() -> st.SearchStrategy[str]:
    """The five characters of the place of birth: mainland, Corsica, overseas, abroad."""
    communes = st.integers(1, 999).map("{:03d}".format)
    short_communes = st.integers(1, 99).map("{:02d}".format)
    return st.one_of(
        st.builds(str.__add__, st.sampled_from([*MAINLAND, "2A", "2B", "99"]), communes),
        st.builds("{}{}{}".format, st.sampled_from(["97", "98"]), st.integers(1, 8), short_communes),
    )


def numbers() -> st.SearchStrategy[str]:
    return st.builds(
        "{}{:02d}{:02d}{}{:03d}".format,
        st.sampled_from("123478"),
        st.integers(0, 99),
        st.sampled_from(MONTHS),
        places(),
        st.integers(1, 999),
    )


@given(number=numbers())
def test_key_is_that_of_the_oracle(number: str) -> None:
    assert f"{Nir.parse(number).key:02d}" == oracle.calc_check_digits(number)


@given(number=numbers())
def test_parse_with_the_right_key_is_the_same_number(number: str) -> None:
    assert Nir.parse(with_key(number)) == Nir.parse(number)


@given(number=numbers(), shift=st.integers(1, 99))
def test_parse_refuses_every_other_key(number: str, shift: int) -> None:
    key = (int(oracle.calc_check_digits(number)) + shift) % 100
    with pytest.raises(NirError) as caught:
        Nir.parse(f"{number}{key:02d}")
    assert caught.value.fault == NirFault.KEY


@given(text=st.text())
def test_parse_of_any_text_gives_a_nir_or_its_fault(text: str) -> None:
    assert fault_of(text) in {None, *NirFault}


@pytest.mark.parametrize(
    ("number", "key"),
    [
        pytest.param("1561001053001", 16, id="mainland"),
        pytest.param("2951099126111", 93, id="abroad"),
        pytest.param("253072A073004", 43, id="2A-as-19"),
        pytest.param("253072B073004", 70, id="2B-as-18"),
        pytest.param("2551097105001", 34, id="overseas"),
        pytest.param("1800175001005", 97, id="97-never-0"),
        pytest.param("1800175001004", 1, id="lowest"),
    ],
)
def test_key_of_known_numbers(number: str, key: int) -> None:
    assert Nir.parse(number).key == key
    assert oracle.is_valid(f"{number}{key:02d}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("1561001053001", "1561001053001", id="13"),
        pytest.param("156100105300116", "1561001053001", id="15"),
        pytest.param("1 56 10 01 053 001 16", "1561001053001", id="spaces"),
        pytest.param("  1 5 6 1 0 0 1 0 5 3 0 0 1\t\n", "1561001053001", id="spaces-anywhere"),
        pytest.param("1\u00a056\u00a010\u202f01\u2009053\u00a0001", "1561001053001", id="narrow-spaces"),
        pytest.param("1.56.10.01.053.001-16", "1561001053001", id="dots-dash"),
        pytest.param("1–56—10‑01‐053−001", "1561001053001", id="dashes"),
        pytest.param("\ufeff1561001053001\u200b", "1561001053001", id="invisible"),
        pytest.param("253072a073004", "253072A073004", id="2a"),
        pytest.param("2 53 07 2b 073 004 70", "253072B073004", id="2b-spaces-key"),
        pytest.param("253072B07300470", "253072B073004", id="2B"),
    ],
)
def test_parse_reads_what_people_type(text: str, value: str) -> None:
    nir = Nir.parse(text)
    assert nir.value == value
    assert str(nir) == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", NirFault.LENGTH, id="empty"),
        pytest.param("   ", NirFault.LENGTH, id="blank"),
        pytest.param("156100105300", NirFault.LENGTH, id="12"),
        pytest.param("15610010530014", NirFault.LENGTH, id="14"),
        pytest.param("1561001053001160", NirFault.LENGTH, id="16"),
        pytest.param("15610O1053001", NirFault.CHARACTERS, id="letter-O"),
        pytest.param("253072C073004", NirFault.CHARACTERS, id="2C"),
        pytest.param("253071A073004", NirFault.CHARACTERS, id="1A"),
        pytest.param("2530701A73004", NirFault.CHARACTERS, id="A-in-commune"),
        pytest.param("١561001053001", NirFault.CHARACTERS, id="arabic-digit"),
        pytest.param("¹561001053001", NirFault.CHARACTERS, id="superscript"),
        pytest.param("15610010530+1", NirFault.CHARACTERS, id="plus"),
        pytest.param("1561001053001AB", NirFault.CHARACTERS, id="letters-as-key"),
        pytest.param("1561001/53001", NirFault.CHARACTERS, id="slash"),
    ],
)
def test_parse_refuses_what_has_not_the_shape(text: str, fault: NirFault) -> None:
    with pytest.raises(NirError) as caught:
        Nir.parse(text)
    assert caught.value.fault == fault
    assert str(caught.value) == fault.label


def fault_of(text: str) -> NirFault | None:
    try:
        Nir.parse(text)
    except NirError as error:
        return error.fault
    return None


@pytest.mark.parametrize("sex", range(10))
def test_first_digit_table(sex: int) -> None:
    assert fault_of(f"{sex}561001053001") == (None if sex in {1, 2, 3, 4, 7, 8} else NirFault.SEX)


@pytest.mark.parametrize("month", range(100))
def test_month_table(month: int) -> None:
    assert fault_of(f"156{month:02d}01053001") == (None if month in MONTHS else NirFault.MONTH)


@pytest.mark.parametrize("year", range(100))
def test_department_20_is_refused_from_76_to_99(year: int) -> None:
    assert fault_of(f"1{year:02d}1020053001") == (NirFault.CORSICA if 76 <= year <= 99 else None)


@pytest.mark.parametrize("department", range(100))
def test_department_table(department: int) -> None:
    assert fault_of(f"15610{department:02d}153001") == (NirFault.DEPARTMENT if department == 0 else None)


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        pytest.param("01000", NirFault.COMMUNE, id="mainland-000"),
        pytest.param("01001", None, id="mainland-001"),
        pytest.param("01100", None, id="mainland-100"),
        pytest.param("01999", None, id="mainland-999"),
        pytest.param("2A000", NirFault.COMMUNE, id="2A-000"),
        pytest.param("2B001", None, id="2B-001"),
        pytest.param("99000", NirFault.COMMUNE, id="abroad-000"),
        pytest.param("99100", None, id="abroad-100"),
        pytest.param("97000", NirFault.COMMUNE, id="97-000"),
        pytest.param("97100", NirFault.COMMUNE, id="971-00"),
        pytest.param("97101", None, id="971-01"),
        pytest.param("97699", None, id="976-99"),
        pytest.param("98800", NirFault.COMMUNE, id="988-00"),
        pytest.param("98818", None, id="988-18"),
    ],
)
def test_commune_is_not_nought(place: str, fault: NirFault | None) -> None:
    assert fault_of(f"15610{place}001") == fault


@pytest.mark.parametrize(("order", "fault"), [("000", NirFault.ORDER), ("001", None), ("999", None)])
def test_order_is_not_000(order: str, fault: NirFault | None) -> None:
    assert fault_of(f"1561001053{order}") == fault


def test_an_earlier_fault_is_told_before_the_key() -> None:
    assert fault_of("156130105300199") == NirFault.MONTH


@pytest.mark.parametrize(
    ("sex", "provisional"), [(1, False), (2, False), (3, True), (4, True), (7, True), (8, True)]
)
def test_provisional_or_definitive_by_the_first_digit(sex: int, provisional: bool) -> None:
    nir = Nir.parse(f"{sex}561001053001")
    assert (nir.provisional, nir.definitive) == (provisional, not provisional)


@pytest.mark.parametrize(
    ("number", "formatted", "masked"),
    [
        (PLAIN, "1 56 10 01 053 001 16", "1 56 10 •• ••• •••"),
        ("253072a073004", "2 53 07 2A 073 004 43", "2 53 07 •• ••• •••"),
        ("1800175001004", "1 80 01 75 001 004 01", "1 80 01 •• ••• •••"),
    ],
)
def test_shown_in_groups(number: str, formatted: str, masked: str) -> None:
    nir = Nir.parse(number)
    assert (nir.formatted, nir.masked) == (formatted, masked)
    assert Nir.parse(nir.formatted) == nir


def test_every_fault_has_its_own_sentence() -> None:
    assert len({fault.label for fault in NirFault}) == len(NirFault)
    assert [fault for fault in NirFault if not fault.label.endswith(".")] == []
