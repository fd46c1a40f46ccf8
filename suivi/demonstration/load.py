"""Load the data of a demonstration; a second load keeps what is there (see ``standing_foyer``)."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command

from accounts.gestion.otp import code_of, confirmed_device, install_device
from accounts.groups import sync_groups
from accounts.models import Agent, Beneficiaire, Caisse, Regime, User
from carte.enums import Motif, Regle
from suivi.demonstration.foyer import Foyer
from suivi.demonstration.households import open_account, standing_foyer
from suivi.demonstration.identities import AGENTS, CAMILLE, CODE, ROLES, AgentRole
from suivi.demonstration.pictures import write_samples
from suivi.demonstration.sans_compte import OpeningEntry, standing_entries


@dataclass(frozen=True)
class AssureEntry:
    """An identity to sign in with, and what it shows. ``nir`` is as people type it, with its key."""

    nir: str
    code: str
    shows: str
    rule: str
    beneficiaire: str

    @property
    def rule_label(self) -> str:
        """What the rule or the reason is called in French: « E10 (une carte est en service) »."""
        if self.rule in Regle.values:
            return f"{self.rule} ({Regle(self.rule).label})"
        return str(Motif(self.rule).label)


@dataclass(frozen=True)
class AgentEntry:
    """An agent to sign in as at /gestion/. ``totp_secret``, in base 32, is his application's."""

    identifiant: str
    mot_de_passe: str
    caisse: str
    groupe: str
    totp_secret: str

    def code(self, now: datetime) -> str:
        """Give the six digits his application shows."""
        return code_of(self.totp_secret, now)


@dataclass(frozen=True)
class Demonstration:
    """All that a demonstration offers; ``files`` are the paths of the samples, by kind.

    ``without_account``: people to open an account for.
    """

    assures: list[AssureEntry]
    agents: list[AgentEntry]
    files: dict[str, str]
    without_account: list[OpeningEntry]


def listing_path() -> Path:
    """Give where what a demonstration offers is written, as JSON."""
    return Path(settings.VAR_DIR) / "demo.json"


def load(now: datetime) -> Demonstration:
    """Make what is missing, put ahead what has passed, and write ``demo.json`` (for its owner only)."""
    if not Regime.objects.exists():
        call_command("loaddata", "regimes", verbosity=0)
    sync_groups()
    agents = [_agent(role, now) for role in AGENTS]
    assures = [entry for role in ROLES for entry in _entries(standing_foyer(role, now))]
    who = Beneficiaire(nom=CAMILLE.nom, prenoms=CAMILLE.prenoms, date_naissance=CAMILLE.naissance)
    files = write_samples(Path(settings.VAR_DIR) / "demo", who)
    paths = {kind: str(path) for kind, path in files.items()}
    loaded = Demonstration(assures, agents, paths, standing_entries(now))
    _write(loaded)
    return loaded


def _entries(foyer: Foyer) -> Iterable[AssureEntry]:
    for assure in foyer.assures:
        yield AssureEntry(
            nir=assure.beneficiaire.nir_value.formatted,
            code=CODE,
            shows=foyer.role.shows,
            rule=foyer.role.rule.value,
            beneficiaire=foyer.beneficiaire.prenom,
        )


def _agent(role: AgentRole, now: datetime) -> AgentEntry:
    """Make an agent with his account, group and application of codes, unless they are there."""
    caisse = Caisse.objects.get(code=role.caisse)
    if not User.objects.filter(identifiant=role.identifiant).exists():
        agent = Agent.objects.create(nom=role.nom, prenom=role.prenom, caisse=caisse)
        open_account(role.identifiant, agent=agent).groups.add(Group.objects.get(name=role.groupe))
    user = User.objects.get(identifiant=role.identifiant)
    device = confirmed_device(user) or install_device(user=user, now=now)
    return AgentEntry(role.identifiant, CODE, caisse.nom, role.groupe, device.secret)


def _write(loaded: Demonstration) -> None:
    path = listing_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(asdict(loaded), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_listing() -> Demonstration | None:
    """Read what the last load wrote; None before the first."""
    try:
        data = json.loads(listing_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    assures = [AssureEntry(**entry) for entry in data["assures"]]
    agents = [AgentEntry(**entry) for entry in data["agents"]]
    without_account = [OpeningEntry(**entry) for entry in data.get("without_account", [])]
    return Demonstration(assures, agents, data["files"], without_account)
