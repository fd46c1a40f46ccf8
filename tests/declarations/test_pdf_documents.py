"""The documents on paper of the floor (F4, F6, F8 to F10): what they declare, what they say."""

import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from declarations.enums import PliCause
from tests.declarations.documents import (
    ADRESSE_LINES,
    CAISSE,
    CODE,
    DOCUMENTS,
    LAWS,
    PERSON,
    VERIFY_URL,
)
from tests.pdfs import Words, fields, fonts, opened, tags, texts, words
from vitale_portal import pdf
from vitale_portal.references import display

PAGES = {
    "attestation_declaration": 1,
    "attestation_droits": 1,
    "pli": 2,
    "declaration_honneur": 1,
    "lettre": 1,
}
TITLES = {
    "attestation_declaration": "Attestation de déclaration de vol – 7K3F-92QX-4J",
    "attestation_droits": "Attestation de droits du 21 novembre 2026",
    "pli": "Ma nouvelle carte Vitale – 7K3F-92QX-4J",
    "declaration_honneur": "Déclaration sur l’honneur – carte Vitale perdue, volée ou hors d’usage",
    "lettre": "Votre carte Vitale est en opposition",
}
CHECKED = f"Code QR qui ouvre la page de vérification {VERIFY_URL} avec le code {display(CODE)}."
PICTURES = {
    "attestation_declaration": [CHECKED],
    "attestation_droits": [CHECKED],
    "pli": ["Code QR de la référence 7K3F-92QX-4J."],
    "declaration_honneur": [],
    "lettre": [],
}
LONG_PERSON = SimpleNamespace(
    **vars(PERSON) | {"nom": "DE LA TOUR DU PIN-CHAMBLY " * 3, "prenoms": "Marie-Emmanuelle " * 7}
)

# What may show in the window as the sheet slips, and what always does (left, top, right, bottom, in mm).
SEEN_AT_TIMES = (88, 44, 200, 92)
SEEN_ALWAYS = (100, 55, 190, 79)


def made(name: str, **changes: Any) -> bytes:
    context, forms = DOCUMENTS[name]
    return pdf.render(f"pdf/{name}.html", {**context, "demonstration": False, **changes}, forms=forms)


def pli(**changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**vars(DOCUMENTS["pli"][0]["pli"]) | changes)


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    return {name: made(name) for name in DOCUMENTS}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_has_language_title_tags_and_fonts(documents: dict[str, bytes], name: str) -> None:
    document = opened(documents[name])
    kinds = tags(document)
    assert (str(document.Root.Lang), str(document.docinfo.Title)) == ("fr", TITLES[name])
    assert [alternative for kind, alternative in kinds if kind == "Figure"] == PICTURES[name]
    assert next(kind for kind, _ in kinds if kind.startswith("H")) == "H1"
    assert set(fonts(document).values()) == {True}
    assert {font.removesuffix("-Bold").removesuffix("-Semi") for font in fonts(document)} == {"Open-Sans"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_has_its_number_of_pages(documents: dict[str, bytes], name: str) -> None:
    assert len(texts(documents[name])) == PAGES[name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_twice_is_the_same_bytes(documents: dict[str, bytes], name: str) -> None:
    assert made(name) == documents[name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_of_a_demonstration_says_so_on_each_page(name: str) -> None:
    rendered = made(name, demonstration=True)
    said = [text.count("Démonstration, sans valeur") for text in texts(rendered)]
    assert said == [1] * PAGES[name]
    assert str(opened(rendered).docinfo.Title) == f"Démonstration, sans valeur – {TITLES[name]}"


def test_attestation_de_declaration_reads_in_order(documents: dict[str, bytes]) -> None:
    """F4."""
    (text,) = texts(documents["attestation_declaration"])
    assert text == (
        "Ma carte Vitale CPAM du Gard 14 rue du Cirque-Romain, 30921 Nîmes Cedex 9 Téléphone : 36 46 "
        "Du lundi au vendredi de 8 h 30 à 17 h 30 https://www.ameli.fr/ "
        "Attestation de déclaration de vol Référence 7K3F-92QX-4J "
        "Votre caisse d’assurance maladie, CPAM du Gard, atteste avoir reçu, "
        "le 21 novembre 2026 à 14 h 05 (heure de Paris), "
        "la déclaration qui suit. "
        "Titulaire de la carte Nom de famille LEFÈVRE-ŒUVRARD Prénoms Éloïse Marie Françoise "
        "Date de naissance 1er mai 1984 Numéro de sécurité sociale 2 84 05 30 189 012 42 "
        "Déclaration Nature Vol Date des faits 20 novembre 2026 Carte Vitale n° 25012345678901 "
        "Carte en opposition depuis le 21 novembre 2026 à 14 h 05 (heure de Paris). "
        "Elle est désactivée pour toujours : même retrouvée ou réparée, elle ne peut plus servir. "
        "Retrouvée, elle est à remettre à la caisse. "
        f"Vérifier cette attestation Scannez le code QR, ou ouvrez {VERIFY_URL} et tapez ce code : "
        "7K3F-92QX-4J0A-BCDE "
        "La page confirme que l’attestation est authentique, et dit la nature de la déclaration, "
        "les initiales du titulaire et depuis quand la carte est en opposition. "
        "Référence 7K3F-92QX-4J CPAM du Gard Page 1 sur 1"
    )


@pytest.mark.parametrize(
    ("start", "end", "exemption", "expected"),
    [
        (date(2020, 1, 1), None, "", "Depuis le 1er janvier 2020, sans date de fin connue"),
        (date(2020, 1, 1), date(2027, 12, 31), "", "Depuis le 1er janvier 2020, jusqu’au 31 décembre 2027"),
        (None, date(2027, 12, 31), "", "Jusqu’au 31 décembre 2027"),
        (None, None, "", "Sans date de fin connue"),
        (None, None, "Invalidité", "Sans date de fin connue Exonération Invalidité"),
    ],
    ids=["start", "both", "end", "neither", "exemption"],
)
def test_attestation_de_droits_says_how_long(
    start: date | None, end: date | None, exemption: str, expected: str
) -> None:
    """F9."""
    assure = SimpleNamespace(rights_from=start, rights_until=end, exemption=exemption)
    text = texts(made("attestation_droits", assure=assure))[0]
    label = "Droits ouverts "
    assert text[text.index(label) + len(label) : text.index(" Personnes dont")] == expected


def test_attestation_de_droits_names_who_is_covered(documents: dict[str, bytes]) -> None:
    text = texts(documents["attestation_droits"])[0]
    assert text[text.index("Personnes dont") : text.index(" Vérifier")] == (
        "Personnes dont les frais sont pris en charge Nom de famille Prénoms Date de naissance "
        "LEFÈVRE-ŒUVRARD Éloïse Marie Françoise 1er mai 1984 "
        "LEFÈVRE Noé Gabriel 29 février 2012 LEFÈVRE Chloé 28 février 2013 "
        "LEFÈVRE Anaïs Jeanne 27 février 2014 LEFÈVRE Léo 26 février 2015"
    )


def seen(letter: bytes) -> list[Words]:
    """What may show in the window; all of it must be where the window always shows it."""
    found = [piece for piece in words(letter, 0) if piece.meets(*SEEN_AT_TIMES)]
    assert [piece for piece in found if not piece.within(*SEEN_ALWAYS)] == []
    return found


@pytest.mark.parametrize("name", ["pli", "lettre"])
@pytest.mark.parametrize("demonstration", [True, False], ids=["demonstration", "in_earnest"])
def test_letter_shows_its_address_in_the_window_and_nothing_else(name: str, *, demonstration: bool) -> None:
    """NF Z10-011: six lines of 38 characters, wherever the sheet slips to in its envelope."""
    letter = made(name, demonstration=demonstration)
    assert [piece.text for piece in seen(letter)] == ADRESSE_LINES


def test_letter_keeps_a_line_that_is_too_long_in_the_window() -> None:
    lines = ["Marie-Emmanuelle DE LA TOUR DU PIN-CHAMBLY DE LA CHARCE", *ADRESSE_LINES[1:]]
    assert [piece.text for piece in seen(made("lettre", adresse_lines=lines))] == lines


DECLARED = (
    "Sa carte Vitale a été déclarée perdue, volée ou hors d’usage. Elle est désactivée pour toujours, et "
    "nous n’avons reçu depuis aucune commande en ligne."
)
SIXTEEN = (
    "Cette personne a maintenant 16 ans, et n’a pas encore de carte Vitale. Vous pouvez en demander une à "
    "son nom."
)
NEWCOMER = (
    "Cette personne a maintenant un numéro de sécurité sociale définitif, et n’a pas encore de carte Vitale."
)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [(PliCause.DECLARATION, DECLARED), (PliCause.SIXTEEN, SIXTEEN), (PliCause.NEWCOMER, NEWCOMER)],
    ids=["F2", "F7_sixteen", "F7_newcomer"],
)
def test_pli_says_why_it_comes(cause: PliCause, expected: str) -> None:
    text = texts(made("pli", pli=pli(cause=cause)))[0]
    start = text.index("Bénéficiaire : Éloïse LEFÈVRE-ŒUVRARD ") + len(
        "Bénéficiaire : Éloïse LEFÈVRE-ŒUVRARD "
    )
    assert text[start : text.index(" Pour recevoir")] == expected


HIMSELF = {
    PliCause.DECLARATION: DECLARED.replace("Sa carte", "Votre carte"),
    PliCause.SIXTEEN: (
        "Vous avez maintenant 16 ans, et pas encore de carte Vitale. Vous pouvez en demander une."
    ),
    PliCause.NEWCOMER: (
        "Vous avez maintenant un numéro de sécurité sociale définitif, et pas encore de carte Vitale."
    ),
}


@pytest.mark.parametrize("cause", PliCause)
def test_pli_speaks_to_its_beneficiary_as_such(cause: PliCause) -> None:
    """F2, F7."""
    text = texts(made("pli", pli=pli(cause=cause), himself=True))[0]
    start = text.index("Madame, Monsieur, ") + len("Madame, Monsieur, ")
    assert text[start : text.index(" Pour recevoir")] == HIMSELF[cause]


def test_pli_form_is_filled_with_what_is_known(documents: dict[str, bytes]) -> None:
    """F6."""
    text = texts(documents["pli"])[1]
    assert text[: text.index(" 3. Ce que vous joignez")] == (
        "Ma nouvelle carte Vitale Référence à rappeler : 7K3F-92QX-4J "
        "Écrivez en capitales, à l’encre noire. Corrigez à droite ce qui n’est pas juste. "
        "1. Bénéficiaire de la carte Renseignement Connu de la caisse À corriger "
        "Nom de famille LEFÈVRE-ŒUVRARD Prénoms Éloïse Marie Françoise Date de naissance 1er mai 1984 "
        "Numéro de sécurité sociale 2 84 05 30 189 012 42 "
        "Collez ici une photo d’identité récente de 35 × 45 mm. N’agrafez pas. "
        f"2. Adresse où envoyer la carte Connue de la caisse À corriger {' '.join(ADRESSE_LINES)}"
    )


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_pli_holds_on_two_pages_whatever_the_regime_and_the_name(law: str) -> None:
    regime = SimpleNamespace(**vars(CAISSE.regime) | {"statement_text": law})
    caisse = SimpleNamespace(**vars(CAISSE) | {"regime": regime})
    rendered = made("pli", caisse=caisse, pli=pli(beneficiaire=LONG_PERSON), demonstration=True)
    assert len(texts(rendered)) == 2


AT_ITS_DOOR = "Déposez-le à l’accueil de votre caisse, ou demandez-lui l’adresse où l’envoyer."
WHERE: dict[str, tuple[dict[str, str], str]] = {
    "an address": (
        {},
        (
            "Renvoyez-le à : CPAM du Gard, 14 rue du Cirque-Romain, 30921 Nîmes Cedex 9. "
            "Une question ? Appelez le 36 46."
        ),
    ),
    "no address": ({"adresse": ""}, f"{AT_ITS_DOOR} Une question ? Appelez le 36 46."),
    "nothing": (dict.fromkeys(("telephone", "horaires", "adresse", "url"), ""), AT_ITS_DOOR),
}


@pytest.mark.parametrize(("lacks", "said"), WHERE.values(), ids=WHERE)
def test_pli_says_where_it_goes_with_what_the_caisse_has(lacks: dict[str, str], said: str) -> None:
    """F6."""
    regime = SimpleNamespace(**vars(CAISSE.regime) | {"delay_paper_days": None})
    text = texts(made("pli", caisse=SimpleNamespace(**vars(CAISSE) | lacks | {"regime": regime})))[1]
    assert text[text.index("5. Où renvoyer") :] == (
        f"5. Où renvoyer ce formulaire {said} Référence 7K3F-92QX-4J CPAM du Gard Page 2 sur 2"
    )


def test_address_of_a_caisse_is_one_letters_reach() -> None:
    """It is where forms are sent back (F6): a street or a Cedex, with its postcode, or none."""
    rows = json.loads((Path(settings.BASE_DIR) / "accounts/fixtures/regimes.json").read_text())
    given = {row["fields"]["adresse"] for row in rows if row["model"] == "accounts.caisse"}
    assert {adresse for adresse in given if adresse and not re.search(r"\b\d{5} \w", adresse)} == set()


def test_declaration_sur_l_honneur_can_be_filled_in(documents: dict[str, bytes]) -> None:
    """F8."""
    assert fields(opened(documents["declaration_honneur"])) == [
        ("/Tx", "Nom de famille"),
        ("/Tx", "Prénoms"),
        ("/Tx", "Date de naissance (jour, mois, année)"),
        ("/Tx", "Numéro de sécurité sociale"),
        ("/Tx", "Adresse"),
        ("/Tx", "Nom et prénoms sur la carte, si différents"),
        ("/Tx", "Numéro de série de la carte (facultatif)"),
        ("/Btn", "la perte de cette carte"),
        ("/Btn", "le vol de cette carte"),
        ("/Btn", "la casse ou le dysfonctionnement de cette carte"),
        ("/Tx", "Date des faits (jour, mois, année)"),
        ("/Tx", "En cas de vol, référence de la plainte (facultatif)"),
        ("/Tx", "Circonstances (facultatif)"),
    ]


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_declaration_sur_l_honneur_quotes_the_law_on_one_page(law: str) -> None:
    (text,) = texts(made("declaration_honneur", law=law, demonstration=True))
    start = text.index("Circonstances (facultatif)") + len("Circonstances (facultatif) ")
    assert text[start : text.index("Fait à, le")].split() == law.split()


def test_letters_of_the_day_print_as_one(documents: dict[str, bytes]) -> None:
    """F6."""
    whole = pdf.concatenate([documents["pli"], documents["lettre"], documents["pli"]])
    assert texts(whole) == [*texts(documents["pli"]), *texts(documents["lettre"]), *texts(documents["pli"])]
