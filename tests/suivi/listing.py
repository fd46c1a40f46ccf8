"""What a load of the demonstration gave, and how to read it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
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


@pytest.fixture
def var_dir(settings: SimpleNamespace, tmp_path: Path, pieces_root: Path) -> Path:  # noqa: ARG001
    settings.VITALE_DEMONSTRATION = settings.VITALE_SPARE_DEMONSTRATION = True
    settings.VAR_DIR = tmp_path / "var"
    return tmp_path / "var"


@pytest.fixture
def loaded(db: None, var_dir: Path) -> Demonstration:  # noqa: ARG001
    return load(NOW)


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
