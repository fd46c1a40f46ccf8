"""Postcodes and communes that go together (B2)."""

import csv
from pathlib import Path

import pytest

from accounts import communes

DATA = Path(communes.__file__).parent / "data" / "communes.csv"


@pytest.mark.parametrize(
    ("code_postal", "names"),
    [
        pytest.param("01000", ("Bourg-en-Bresse", "Saint-Denis-lès-Bourg"), id="two"),
        pytest.param("33000", ("Bordeaux",), id="one"),
        pytest.param("75001", ("Paris", "Paris 1er Arrondissement"), id="arrondissement"),
        pytest.param("98800", ("Nouméa",), id="overseas"),
        pytest.param("97500", ("Miquelon-Langlade", "Saint-Pierre"), id="975"),
        pytest.param("00000", (), id="unknown"),
        pytest.param("98000", (), id="monaco"),
        pytest.param("99999", (), id="abroad"),
        pytest.param("1000", (), id="four-digits"),
        pytest.param("", (), id="empty"),
    ],
)
def test_communes_of_a_postcode(code_postal: str, names: tuple[str, ...]) -> None:
    assert communes.communes_of(code_postal) == names


def test_communes_of_names_once_a_commune_of_several_codes() -> None:
    assert communes.communes_of("69400") == (
        "Arnas",
        "Gleizé",
        "Limas",
        "Porte des Pierres Dorées",
        "Villefranche-sur-Saône",
    )


def test_communes_of_sorts_without_minding_accents() -> None:
    assert communes.communes_of("14630") == ("Cagny", "Émiéville", "Frénouville")


@pytest.mark.parametrize(
    ("code_postal", "typed", "official"),
    [
        pytest.param("01000", "Bourg-en-Bresse", "Bourg-en-Bresse", id="official"),
        pytest.param("01000", "  BOURG EN BRESSE ", "Bourg-en-Bresse", id="capitals-spaces"),
        pytest.param("01000", "St Denis les Bourg", "Saint-Denis-lès-Bourg", id="St-no-accent"),
        pytest.param("01000", "st. denis-lès-bourg", "Saint-Denis-lès-Bourg", id="st-dot"),
        pytest.param("51800", "Ste-Menehould", "Sainte-Menehould", id="Ste"),
        pytest.param("94240", "l’haÿ les roses", "L'Haÿ-les-Roses", id="typographic-apostrophe"),
        pytest.param("94240", "LHAY LES ROSES", "L'Haÿ-les-Roses", id="no-apostrophe"),
        pytest.param("62114", "sains en gohelle", "Sains-en-Gohelle", id="lower-case"),
        pytest.param("57050", "Plappeville", "Plappeville", id="one-of-many"),
        pytest.param("75016", "paris", "Paris", id="city-of-arrondissements"),
        pytest.param("28200", "Chateaudun", "Châteaudun", id="circumflex"),
        pytest.param("28200", "Cha\u0302teaudun", "Châteaudun", id="decomposed"),
        pytest.param("01000", "Bourg", None, id="part-of-a-name"),
        pytest.param("01000", "Paris", None, id="elsewhere"),
        pytest.param("01000", "", None, id="empty"),
        pytest.param("01000", "—", None, id="no-letter"),
        pytest.param("98000", "Monaco", None, id="monaco"),
        pytest.param("12345", "Bourg-en-Bresse", None, id="unknown-postcode"),
    ],
)
def test_match_gives_the_official_spelling(code_postal: str, typed: str, official: str | None) -> None:
    assert communes.match(code_postal, typed) == official


@pytest.mark.parametrize(
    ("typed", "official"), [("vœuil et giget", 1), ("VOEUIL-ET-GIGET", 1), ("Voeuil", 0)]
)
def test_match_spells_out_ligatures(typed: str, official: int) -> None:
    assert communes.match("16400", typed) == ("Vœuil-et-Giget" if official else None)


def test_every_commune_is_matched_by_its_name_and_by_it_in_capitals() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = [(row["code_postal"], row["commune"]) for row in csv.DictReader(file)]
    assert len(rows) == 35_929
    assert [row for row in rows if communes.match(*row) != row[1]] == []
    assert [row for row in rows if communes.match(row[0], row[1].upper()) != row[1]] == []


def test_no_postcode_of_the_data_is_abroad() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        codes = {row["code_postal"] for row in csv.DictReader(file)}
    assert [code for code in codes if code.startswith(("980", "99"))] == []  # Monaco, countries (A4)
