"""NIRs of the suites of others, Corsica and overseas included: the good pass, the bad are told why (A8)."""

import csv
from pathlib import Path

import pytest
from django.conf import settings
from faker import Faker

from accounts.nir import Nir, NirError

PATH = Path(settings.BASE_DIR, "tests", "data", "nirs.csv")
with PATH.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
DRAWN = 2000


def fault_of(text: str) -> str:
    """Give the fault that is told, « » for none."""
    try:
        Nir.parse(text)
    except NirError as error:
        return str(error.fault.value)
    return ""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['suite']} {row['text'][:24]}")
def test_number_of_a_suite_is_judged_by_a8(row: dict[str, str]) -> None:
    assert fault_of(row["text"]) == row["fault"]


def test_where_a_suite_says_otherwise_the_data_says_why() -> None:
    """And nowhere else; the file has each kind of number."""
    differs = [row for row in ROWS if (row["says"] == "good") != (row["fault"] == "")]
    assert [row["text"] for row in differs if not row["note"]] == []
    assert len({row["suite"] for row in ROWS}) == 7
    good = {Nir.parse(row["text"]).value for row in ROWS if row["says"] == "good" and not row["fault"]}
    assert {number[5:7] for number in good} >= {"2A", "2B", "97", "99"}
    assert {number[0] for number in good} >= {"1", "2", "3", "7", "8"}


def test_numbers_faker_draws_all_pass() -> None:
    faker = Faker("fr_FR")
    faker.seed_instance(2026)
    drawn = [faker.ssn() for _ in range(DRAWN)]
    assert [(text, fault) for text in drawn if (fault := fault_of(text))] == []
