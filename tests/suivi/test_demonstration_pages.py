"""The demonstration: its command, its listing, its pages."""

import io
import json
import re
import stat
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from accounts.models import OutboxMail, Regime, User
from accounts.nir import Nir
from accounts.ouverture.preuves import Identity, Proof, prove_at_once
from carte.enums import Motif, PieceKind
from carte.images import read
from carte.pieces import LONG_SIDES, limits_for
from suivi.demonstration.cases import AHEAD
from suivi.demonstration.identities import AGENTS
from suivi.demonstration.load import AssureEntry, Demonstration, load, read_listing
from suivi.demonstration.pictures import identite
from suivi.demonstration.sans_compte import OpeningEntry
from tests.suivi.listing import NOW, all_promised, assure_of

# --- The command ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_command_is_refused_outside_a_demonstration(settings: SimpleNamespace, var_dir: Path) -> None:
    settings.VITALE_DEMONSTRATION = False
    with pytest.raises(CommandError) as refusal:
        call_command("demonstration")
    assert str(refusal.value) == (
        "Les données de démonstration ne se chargent que dans une démonstration "
        "(VITALE_DEMONSTRATION=true), jamais avec de vraies personnes."
    )
    assert (User.objects.count(), var_dir.exists()) == (0, False)


def test_command_prints_within_100_columns_all_it_made(db: None, var_dir: Path) -> None:  # noqa: ARG001
    out = io.StringIO()
    call_command("demonstration", stdout=out)
    listing = read_listing()
    assert listing is not None
    lines = out.getvalue().splitlines()
    rows = [(line[2:13].strip(), line[15:36]) for line in lines if re.match(r"  \w+ +\d ", line)]
    assert rows == [(entry.rule, entry.nir) for entry in listing.assures]
    assert [line.split()[0] for line in lines if line.startswith("  AG-")] == [a.identifiant for a in AGENTS]
    assert [line.split()[-1] for line in lines if line.endswith(".jpg")] == list(listing.files.values())
    assert max(len(line) for line in lines if str(var_dir) not in line) <= 100


def test_listing_is_the_same_as_data(loaded: Demonstration, var_dir: Path) -> None:
    path = var_dir / "demo.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(data) == ["assures", "agents", "files", "without_account"]
    assert {tuple(entry) for entry in data["assures"]} == {("nir", "code", "shows", "rule", "beneficiaire")}
    assert {tuple(entry) for entry in data["agents"]} == {
        ("identifiant", "mot_de_passe", "caisse", "groupe", "totp_secret")
    }
    assert list(data["files"]) == ["photo", "piece"]
    assert read_listing() == loaded


def test_samples_pass_the_limits_of_every_profile(loaded: Demonstration) -> None:
    samples = ((PieceKind.PHOTO, "photo", (900, 1155)), (PieceKind.IDENTITE, "piece", (1400, 900)))
    for kind, name, size in samples:
        data = Path(loaded.files[name]).read_bytes()
        assert 50_000 <= len(data) <= 2_000_000
        for regime in Regime.objects.filter(code__in=("01", "17", "08")):
            picture = read(data, limits=limits_for(regime, kind), long_side=LONG_SIDES[kind])
            assert (picture.found_width, picture.found_height) == size


def test_accent_is_drawn_above_its_letter() -> None:
    with_accent, without = (Image.open(io.BytesIO(identite(civil(nom)))) for nom in ("ÉÉÉ", "EEE"))
    line = (570, 262, 720, 280)
    assert darkest(with_accent.crop(line)) < 120 < darkest(without.crop(line))


def civil(nom: str) -> Any:
    return SimpleNamespace(nom=nom, prenoms="Ève", date_naissance=NOW.date())


def darkest(image: Image.Image) -> float:
    return min(image.convert("L").tobytes())


# --- The pages --------------------------------------------------------------------------------


def shown(visitor: Client, entry: AssureEntry) -> tuple[str, ...]:
    """The marks of rules and reasons on the beneficiary's own block."""
    visitor.force_login(assure_of(entry).user, backend="accounts.sign_in.CodePersonnelBackend")
    page = visitor.get("/carte/").content.decode()
    block = next(part for part in page.split("<article")[1:] if f">{entry.beneficiaire}," in part)
    return tuple(re.findall(r'data-(?:regle|motif)="(\w+)"', block))


def test_cards_page_shows_every_rule(loaded: Demonstration, visitor: Client) -> None:
    # Under E11 and E12 a draft may start: the reason to order is there too.
    also = {"E11": ("REPLACEMENT",), "E12": ("FIRST",)}
    with time_machine.travel(NOW, tick=False):
        found = [shown(visitor, entry) for entry in loaded.assures]
    promised = [rules for _, rules in all_promised(loaded)]
    assert found == [(*also.get(rules[0], ()), *rules) for rules in promised]


def test_demonstration_page_lists_everyone(loaded: Demonstration, visitor: Client) -> None:
    page = visitor.get("/demonstration/").content.decode()
    assert [page.count(entry.nir) for entry in loaded.assures] == [1] * len(loaded.assures)
    assert [page.count(entry.identifiant) for entry in loaded.agents] == [1] * len(loaded.agents)
    assert [page.count(code) for code in Motif.values] == [0] * len(Motif)
    assert "Règle ou motif\N{NO-BREAK SPACE}: remplacement, pour" in page
    assert "Règle ou motif\N{NO-BREAK SPACE}: E10 (une carte est en service), pour" in page
    frozen = f"fixées à {AHEAD.days}\N{NO-BREAK SPACE}jours, pour que leur état dure."
    assert page.count(frozen) == 1
    links = (
        "/gestion/",
        "/demonstration/mails/",
        "/demonstration/fichiers/photo/",
        "/demonstration/fichiers/piece/",
    )
    assert [page.count(f'href="{link}"') for link in links] == [1, 1, 1, 1]


def test_demonstration_page_before_the_load_says_what_to_do(visitor: Client, var_dir: Path) -> None:  # noqa: ARG001
    page = visitor.get("/demonstration/").content.decode()
    assert page.count("python manage.py demonstration") == 1
    assert visitor.get("/demonstration/fichiers/photo/").status_code == 404


def test_sample_files_are_downloaded(loaded: Demonstration, visitor: Client) -> None:
    for kind, path in loaded.files.items():
        answer = visitor.get(f"/demonstration/fichiers/{kind}/")
        assert b"".join(answer) == Path(path).read_bytes()  # type: ignore[arg-type]
        assert answer["Content-Disposition"] == f'attachment; filename="{kind}-specimen.jpg"'
    assert visitor.get("/demonstration/fichiers/demo.json/").status_code == 404


def mail(rank: int, text: str = "Bonjour") -> OutboxMail:
    at = NOW + timedelta(minutes=rank)
    fields = {
        "message_id": f"<{rank}@exemple.test>",
        "recipient": "a@exemple.test",
        "subject": f"Sujet {rank:02d}",
    }
    return OutboxMail.objects.create(**fields, text=text, html="", written_at=at, due_at=at)


def test_mails_page_shows_the_last_30(db: None, visitor: Client) -> None:  # noqa: ARG001
    for rank in range(31):
        mail(rank)
    page = visitor.get("/demonstration/mails/").content.decode()
    subjects = [part.split("<")[0] for part in page.split("Sujet ")[1:]]
    assert subjects == [f"{rank:02d}" for rank in range(30, 0, -1)]


def test_mails_page_escapes_the_text(db: None, visitor: Client) -> None:  # noqa: ARG001
    mail(1, "<script>alert(1)</script>")
    page = visitor.get("/demonstration/mails/").content.decode()
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 1
    assert page.count("<script>") == 0


def test_demonstration_pages_are_missing_elsewhere(client: Client, db: None) -> None:  # noqa: ARG001
    assert [client.get(f"/demonstration/{page}").status_code for page in ("", "mails/")] == [404, 404]


# --- People without an account (A4) -------------------------------------------------------------


def proof_of(entry: OpeningEntry) -> Proof:
    who = Identity(
        Nir.parse(entry.nir).value, entry.nom, date.fromisoformat(entry.date_naissance), entry.code_postal
    )
    facts = {"iban_ending": entry.iban, "serial": entry.serial, "with_photo": entry.with_photo}
    return prove_at_once(who, **facts, now=NOW)[0]


def test_what_is_told_of_who_has_no_account_opens_one(loaded: Demonstration) -> None:
    assert [proof_of(entry) for entry in loaded.without_account] == [Proof.OPEN, Proof.OPEN]
    assert [(len(e.iban), len(e.serial), e.with_photo) for e in loaded.without_account] == [
        (7, 11, True),
        (7, 10, False),
    ]


def test_next_one_comes_once_an_account_is_open(loaded: Demonstration) -> None:
    first, second = loaded.without_account
    assure = assure_of(first)
    User.objects.create_user(assure.beneficiaire.nir, "Tulipe-rouge-77", assure=assure)
    again = load(NOW).without_account
    assert (again[0].nir != first.nir, again[1]) == (True, second)
    assert proof_of(again[0]) == Proof.OPEN
