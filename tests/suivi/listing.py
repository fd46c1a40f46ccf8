"""What a load of the demonstration gave, and how to read it."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client

from accounts.models import Assure, Beneficiaire
from accounts.nir import Nir
from carte.commandes import acknowledge_conditions, start_draft, submit_commande
from carte.eligibilite import Answer, examine, facts_for
from carte.enums import IdentiteNature, PieceKind
from carte.models import Commande
from carte.pieces import deposit_piece, name_identite
from suivi import urls_demonstration
from suivi.demonstration.identities import ROLES
from suivi.demonstration.load import AssureEntry, Demonstration, load
from suivi.demonstration.pictures import identite, photo
from vitale_portal import urls

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture(scope="session")
def demonstration_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the listing lies, under the same path for all tests: it names its files."""
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture
def var_dir(settings: SimpleNamespace, demonstration_home: Path, pieces_root: Path) -> Path:  # noqa: ARG001
    settings.VITALE_DEMONSTRATION = settings.VITALE_SPARE_DEMONSTRATION = True
    settings.VAR_DIR = demonstration_home / "var"
    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)
    return demonstration_home / "var"


Rows = list[tuple[type[Model], list[dict[str, Any]]]]
FIRST_LOAD: list[tuple[Demonstration, Rows]] = []


@pytest.fixture
def loaded(db: None, var_dir: Path, demonstration_home: Path, pieces_root: Path) -> Demonstration:  # noqa: ARG001
    """The demonstration as it is loaded: once for all tests, then its rows and files are put back."""
    if not FIRST_LOAD:
        FIRST_LOAD.append((load(NOW), all_rows()))
        shutil.copytree(var_dir, demonstration_home / "kept")
        shutil.copytree(pieces_root, demonstration_home / "pieces")
        return FIRST_LOAD[0][0]
    demonstration, rows = FIRST_LOAD[0]
    for model, values in rows:
        model._base_manager.bulk_create(model(**one) for one in values)  # noqa: SLF001 -- Django's documented name
    shutil.copytree(demonstration_home / "kept", var_dir)
    shutil.copytree(demonstration_home / "pieces", pieces_root, dirs_exist_ok=True)
    return demonstration


def all_rows() -> Rows:
    """Read all that a load writes, through tables too."""
    models = set(apps.get_models(include_auto_created=True)) - {ContentType, Permission}
    return [(model, list(model._base_manager.values())) for model in models if not model._meta.proxy]  # noqa: SLF001


@pytest.fixture
def visitor(settings: SimpleNamespace, client: Client) -> Client:
    settings.ROOT_URLCONF = (*urls.urlpatterns, *urls_demonstration.urlpatterns)
    return client


def entry_of(listing: Demonstration, rule: str) -> AssureEntry:
    return next(entry for entry in listing.assures if entry.rule == rule)


def assure_of(entry: AssureEntry) -> Assure:
    return Assure.objects.get(beneficiaire__nir=Nir.parse(entry.nir).value)


def answer_for(entry: AssureEntry, now: datetime) -> Answer:
    assure = assure_of(entry)
    household = Beneficiaire.objects.filter(rattachements__assure=assure)
    who = next(one for one in household if one.prenom == entry.beneficiaire)
    return examine(facts_for(assure, who), now)


def read_rule(entry: AssureEntry, now: datetime) -> list[str]:
    answer = answer_for(entry, now)
    return [obstacle.regle.value for obstacle in answer.obstacles] or [
        str(answer.motif and answer.motif.value)
    ]


def all_read(listing: Demonstration, now: datetime) -> list[tuple[str, list[str]]]:
    return [(entry.nir, read_rule(entry, now)) for entry in listing.assures]


def all_promised(listing: Demonstration) -> list[tuple[str, list[str]]]:
    also = {one.prenoms: role.also for role in ROLES for one in role.holders}
    return [(one.nir, [one.rule, *also.get(one.beneficiaire, ())]) for one in listing.assures]


def send_order(entry: AssureEntry, now: datetime) -> Commande:
    assure = assure_of(entry)
    commande = start_draft(assure=assure, beneficiaire=assure.beneficiaire, now=now)
    for kind, data in ((PieceKind.PHOTO, photo()), (PieceKind.IDENTITE, identite(assure.beneficiaire))):
        acknowledge_conditions(commande=commande, kind=kind, now=now)
        deposit_piece(commande=commande, kind=kind, data=data, label="a.jpg", now=now)
    name_identite(commande=commande, nature=IdentiteNature.PASSEPORT, now=now)
    return submit_commande(commande=commande, now=now)
