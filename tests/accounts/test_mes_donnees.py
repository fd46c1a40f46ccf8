"""« Télécharger mes données »: all that is hers, and nothing of anybody else (A7)."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Act, RectificationKind
from accounts.mes_donnees import archive
from accounts.models import Assure, Lettre, Trace
from accounts.rectifications import ask_rectification
from accounts.traces import trace
from carte.copies import plan
from carte.enums import CommandeState, PieceKind
from carte.models import Carte, CopieCarte, Recapitulatif
from declarations.models import Attestation
from suivi.enums import Opinion
from suivi.models import Satisfaction
from tests.carte.pictures import plain
from tests.factories import (
    CODE,
    NOW,
    AgentFactory,
    AssureFactory,
    AttestationFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    PieceFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
    explained,
    whole_draft,
)
from tests.fixtures import code_typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]
IBAN = "FR7630006000011234567890189"
URL = "/mes-informations/mes-donnees/"
SAID = {"circumstances": "Dans le bus.", "police_reference": "PV 12"}
MADE = {"sha256": "0" * 64, "made_at": NOW}


def opened(content: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a zip by name, and its JSON."""
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        assert whole.testzip() is None
        files = {name: whole.read(name) for name in whole.namelist()}
    return files, json.loads(files["mes-donnees.json"])


def download(client: Client, **sent: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    response = client.post(URL, sent)
    assert response.status_code == 200
    return opened(b"".join(response.streaming_content))


def of(assure: Assure) -> tuple[dict[str, bytes], dict[str, Any]]:
    return opened(b"".join(archive(assure, NOW)))


def lived(assure: Assure) -> None:
    """A row of each kind that an assuré may have."""
    Assure.objects.filter(pk=assure.pk).update(iban=IBAN, medecin_traitant="Docteur Anne Roux")
    assure.refresh_from_db()
    sent = whole_draft(author=assure, state=CommandeState.DELIVERED, carte=False)
    Recapitulatif.objects.create(commande=sent, pdf=b"%PDF recap", **MADE)
    Satisfaction.objects.create(commande=sent, opinion=Opinion.values[0], comment="Rapide.", given_at=NOW)
    explained(CommandeFactory(author=assure, beneficiaire=ayant_droit(assure)))
    plan([CarteFactory(beneficiaire=assure.beneficiaire)], NOW)
    CopieCarte.objects.update(pdf=b"%PDF copie", **MADE)
    declaration = DeclarationFactory(author=assure, carte__beneficiaire=ayant_droit(assure), **SAID)
    AttestationFactory(declaration=declaration)
    Attestation.objects.update(pdf=b"%PDF attestation", sha256="0" * 64)
    PliFactory(declaration=declaration, state="SENT")
    kind, now = RectificationKind.NOM, timezone.now()
    ask_rectification(assure=assure, kind=kind, wrong="DURANT", right="DURAND", now=now)
    Lettre.objects.create(
        assure=assure, notice="pli_sent", about="x", subject="Lettre", body="Bonjour", written_at=NOW,
        pdf=b"%PDF lettre", printed_at=NOW,
    )  # fmt: skip


def test_zip_holds_a_readme_and_what_the_rows_say(assure_client: Client, assure: Assure) -> None:
    lived(assure)
    files, data = download(assure_client)
    assert "VOS DONNÉES" in files["LISEZ-MOI.txt"].decode()
    assert data["etat_civil"]["nir"] == assure.beneficiaire.nir_value.formatted
    assert (data["compte"]["adresse_electronique"], data["compte"]["iban"]) == (assure.email, IBAN)
    assert data["droits"]["medecin_traitant"] == "Docteur Anne Roux"
    assert [row["lignes"][0] for row in data["adresses"]] == ["12 RUE DES LILAS"]
    assert len(data["beneficiaires"]) == assure.rattachements.count() == 3
    assert {row["etat"] for row in data["commandes"]} == {"Carte reçue", "Brouillon, pas encore envoyé"}
    assert len(data["commandes"][0]["etapes"]) == 6
    assert [piece["nature"] for piece in data["commandes"][0]["pieces"]] == [k.label for k in PieceKind]
    serials = Carte.objects.order_by("pk").values_list("serial", flat=True)
    assert [row["numero_de_serie"] for row in data["cartes"]] == list(serials)
    (declared,) = data["declarations"]
    assert (declared["circonstances"], declared["reference_de_la_plainte"]) == ("Dans le bus.", "PV 12")
    assert [row["commentaire"] for row in data["avis_sur_les_demarches"]] == ["Rapide."]
    assert [row["ce_qui_est_faux"] for row in data["demandes_de_correction"]] == ["DURANT"]
    assert len(data["messages"]) == assure.messages.count() > 0
    lists = ("lettres", "attestations", "formulaires_papier", "sessions")
    assert [len(data[name]) for name in lists] == [1] * 4


def test_zip_holds_the_files_as_they_were_deposited(assure: Assure) -> None:
    lived(assure)
    files, _ = of(assure)
    kinds = {name.partition("/")[0] for name in files if "/" in name}
    assert kinds == {"commandes", "copies-de-cartes", "attestations", "formulaires-papier", "lettres"}
    photos = [content for name, content in files.items() if name.endswith(".jpg")]
    assert photos == [plain(300, 400)] * 2
    (said,) = [content for name, content in files.items() if name.endswith("explication.txt")]
    assert "Je ne peux pas quitter mon lit" in said.decode()
    made = {b"%PDF recap", b"%PDF copie", b"%PDF attestation", b"%PDF-1.7 pli", b"%PDF lettre"}
    assert {content for name, content in files.items() if name.endswith(".pdf")} == made


def test_zip_holds_no_code_no_key_and_no_hash(assure_client: Client, assure: Assure) -> None:
    lived(assure)
    files, _ = download(assure_client)
    whole = b"".join(files.values()).decode(errors="replace")
    assure.user.refresh_from_db()
    secrets = (assure_client.session.session_key, assure.user.password, CODE)
    assert [secret for secret in secrets if secret in whole] == []


def test_of_a_child_of_two_each_gets_what_he_sees() -> None:
    """Section 7: pieces, address and recap are the author's; the other holder has state and dates."""
    author, other = assure_ready(), AssureFactory()
    child = ayant_droit(author, other)
    sent = CommandeFactory(author=author, beneficiaire=child, state=CommandeState.SHIPPED)
    PieceFactory(commande=sent)
    Recapitulatif.objects.create(commande=sent, pdf=b"%PDF recap", **MADE)
    draft = whole_draft(author=author, beneficiaire=child)
    declared = DeclarationFactory(author=author, carte__beneficiaire=child, **SAID)
    files, data = of(other)
    assert data["commandes"] == []
    (followed,) = data["commandes_d_un_autre_assure"]
    assert followed.keys() == {"reference", "beneficiaire", "etat", "envoyee_le", "attendue_le", "etapes"}
    assert {key for step in followed["etapes"] for key in step} == {"etat", "le"}
    assert [row["carte"] for row in data["declarations"]] == [declared.carte.serial]
    whole = b"".join(files.values()).decode()
    his = (
        "LILAS", *SAID.values(), author.email, author.beneficiaire.nom, author.beneficiaire.nir,
        draft.reference, "%PDF",
    )  # fmt: skip
    assert [word for word in his if word in whole] == []
    assert set(files) == {"LISEZ-MOI.txt", "mes-donnees.json"}


def test_nothing_of_a_stranger_is_in_it(assure: Assure) -> None:
    stranger = assure_ready(email="etranger@courriel.example")
    lived(stranger)
    files, data = of(assure)
    whole = b"".join(files.values()).decode()
    his = (stranger.beneficiaire.nom, stranger.beneficiaire.nir, stranger.email, IBAN, "DURANT", "Rapide.")
    assert [word for word in his if word in whole] == []
    lists = {name for name, value in data.items() if isinstance(value, list) and value}
    assert lists == {"adresses", "beneficiaires"}


def test_draft_for_who_is_no_longer_attached_is_left_out(assure: Assure) -> None:
    """B1: its page is not there either."""
    whole_draft(author=assure, beneficiaire=ayant_droit(AssureFactory()))
    files, data = of(assure)
    assert (data["commandes"], [name for name in files if name.startswith("commandes")]) == ([], [])


def test_journal_says_who_in_a_word(assure: Assure) -> None:
    agent, who = AgentFactory(), assure.beneficiaire
    for by in (assure.user, agent.user):
        trace(Act.FILE_SEEN, at=NOW, by=by, beneficiaire=who, about="dossier")
    trace(Act.FILE_SEEN, at=NOW, by=agent.user, beneficiaire=AssureFactory().beneficiaire)
    _, data = of(assure)
    assert [(row["acte"], row["par"]) for row in data["journal"]] == [
        ("Dossier consulté", "vous"), ("Dossier consulté", "un agent"),
    ]  # fmt: skip
    assert agent.nom not in json.dumps(data)


def test_lost_file_is_named_and_the_others_come(assure: Assure, pieces_root: Path) -> None:
    whole_draft(author=assure)
    first = min(path for path in pieces_root.rglob("*") if path.is_file())
    first.write_bytes(b"changed")
    files, _ = of(assure)
    pictures = [name for name in files if name.endswith(".jpg")]
    (lost,) = files["FICHIERS-ILLISIBLES.txt"].decode().splitlines()
    assert (len(pictures), lost.startswith("commandes/"), lost in files) == (1, True, False)


def test_archive_is_made_a_file_at_a_time(assure: Assure) -> None:
    whole_draft(author=assure)
    parts = list(archive(assure, NOW))
    assert len(parts) == 2 + 2 + 1  # readme, JSON, two pictures, the directory
    assert all(parts)


def test_download_is_traced_kept_in_no_cache_and_attached(assure_client: Client, assure: Assure) -> None:
    assert assure_client.get(URL).status_code == 200
    assert not Trace.objects.exists()
    response = assure_client.post(URL)
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="mes-donnees-20')
    row = Trace.objects.get()
    assert (row.act, row.by, row.beneficiaire) == (Act.EXPORTED, assure.user, assure.beneficiaire)


def test_download_asks_for_the_code(assure_client: Client) -> None:
    """A9."""
    code_typed(assure_client, timedelta(minutes=10))
    assert list(assure_client.post(URL).context["form"].errors) == ["code"]
    assert "mes-donnees.json" in download(assure_client, code=CODE)[0]


def test_downloads_are_five_an_hour(assure_client: Client) -> None:
    assert [assure_client.post(URL).status_code for _ in range(6)] == [200] * 5 + [429]


def test_archive_asks_as_few_questions_for_three_orders_as_for_one(assure: Assure) -> None:
    def asked(rows: int) -> int:
        for _ in range(rows):
            CommandeFactory(author=assure, beneficiaire=ayant_droit(assure), state=CommandeState.REJECTED)
            DeclarationFactory(author=assure, carte__beneficiaire=ayant_droit(assure))
        with CaptureQueriesContext(connection) as captured:
            of(assure)
        return len(captured)

    assert asked(1) == asked(2)


def test_page_is_reached_from_the_profile(assure_client: Client) -> None:
    assert reverse("export") == URL
    assert f'href="{URL}"' in assure_client.get(reverse("profile")).content.decode()
