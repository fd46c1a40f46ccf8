"""One context for each document on paper, of invented people and without a database."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from accounts.nir import Nir
from vitale_portal.pdf import qr_svg

AT = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
CODE = "7K3F92QX4J0ABCDE"
VERIFY_URL = "https://ma-carte-vitale.example/verifier/"
# The law each regime's profile quotes (section 2), by the code of the regime.
LAWS: dict[str, str] = {
    row["fields"]["code"]: row["fields"]["statement_text"]
    for row in json.loads((Path(settings.BASE_DIR) / "accounts/fixtures/regimes.json").read_text())
    if row["model"] == "accounts.regime"
}
LAW = LAWS["01"]


class Person(SimpleNamespace):
    """Stands for a Beneficiaire."""

    def __str__(self) -> str:
        return f"{self.prenoms.split()[0]} {self.nom}"


PERSON = Person(
    nom="LEFÈVRE-ŒUVRARD",
    prenoms="Éloïse Marie Françoise",
    date_naissance=date(1984, 5, 1),
    nir_value=Nir.parse("2840530189012"),
)
CAISSE = SimpleNamespace(
    nom="CPAM du Gard",
    code="301",
    telephone="36 46",
    horaires="Du lundi au vendredi de 8 h 30 à 17 h 30",
    adresse="14 rue du Cirque-Romain, 30921 Nîmes Cedex 9",
    url="https://www.ameli.fr/",
    regime=SimpleNamespace(
        nom="Régime général", statement_text=LAW, delay_online_days=15, delay_paper_days=28
    ),
)
ADRESSE_LINES = [
    "Éloïse LEFÈVRE-ŒUVRARD",
    "APPARTEMENT 124 ESCALIER DROIT ETAGE 1",
    "RESIDENCE LES MAGNOLIAS BATIMENT WWWWW",
    "1234 BIS AVENUE DU MARECHAL DE LATTRE",
    "LIEU-DIT LES GARRIGUES DE MONTMIRAT",
    "30900 NIMES",
]
CHECK = {"code": CODE, "verify_url": VERIFY_URL, "qr": qr_svg(f"{VERIFY_URL}?code={CODE}")}
LETTER = {"caisse": CAISSE, "adresse_lines": ADRESSE_LINES}

# Template → context, whether it can be filled in.
DOCUMENTS: dict[str, tuple[dict[str, Any], bool]] = {
    "attestation_declaration": (
        {
            "declaration": SimpleNamespace(
                reference="7K3F92QX4J", get_kind_display="Vol", facts_on=date(2026, 11, 20), declared_at=AT
            ),
            "carte": SimpleNamespace(serial="25012345678901", opposed_at=AT),
            "beneficiaire": PERSON,
            "caisse": CAISSE,
            **CHECK,
        },
        False,
    ),
    "attestation_droits": (
        {
            "attestation": SimpleNamespace(requested_at=AT),
            "assure": SimpleNamespace(
                rights_from=date(2020, 1, 1), rights_until=None, exemption="Affection de longue durée"
            ),
            "beneficiaire": PERSON,
            "beneficiaires": [
                PERSON,
                *(
                    Person(nom="LEFÈVRE", prenoms=prenoms, date_naissance=date(2012 + number, 2, 29 - number))
                    for number, prenoms in enumerate(["Noé Gabriel", "Chloé", "Anaïs Jeanne", "Léo"])
                ),
            ],
            "caisse": CAISSE,
            **CHECK,
        },
        False,
    ),
    "pli": (
        LETTER
        | {
            "pli": SimpleNamespace(reference="7K3F92QX4J", cause="DECLARATION", beneficiaire=PERSON),
            "himself": False,
            "written_at": AT,
            "qr": qr_svg("7K3F92QX4J"),
        },
        False,
    ),
    "declaration_honneur": ({"law": LAW}, True),
    "lettre": (
        LETTER
        | {
            "lettre": SimpleNamespace(
                subject="Votre carte Vitale est en opposition",
                body="La carte dont le numéro finit par 8901 est désactivée.\n\nUne autre vous sera faite.",
                written_at=AT,
            )
        },
        False,
    ),
}
