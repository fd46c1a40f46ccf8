"""Facts in which just the rules one names hold at ``NOW``, for the tests of E1 to E12. No database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.enums import AdresseKind
from accounts.models import Adresse, Assure, Beneficiaire
from carte.eligibilite import Facts, examine
from carte.enums import CarteState, CommandeState, Regle
from carte.models import Carte
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    AssureFactory,
    BeneficiaireFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
)

IN_USE: dict[str, Any] = {}
WINDOW: dict[str, Any] = {
    "opposed": True,
    "form_due_at": NOW - HOUR,
    "online_again_at": NOW + 23 * HOUR,
}
SERVES: dict[str, Any] = {}
WAITS: dict[str, Any] = {"given_at": NOW - HOUR, "usable_at": NOW + 47 * HOUR}
PROVISIONAL: dict[str, Any] = {"kind": AdresseKind.PROVISOIRE, "given_at": NOW - 90 * DAY}
SECOND = timedelta(seconds=1)


@dataclass
class Situation:
    """What is said of the people; the defaults let a first card be ordered."""

    caisse: str = "011"
    youngest_age: int = 12
    child: dict[str, Any] = field(default_factory=dict)  # the beneficiary
    parent: dict[str, Any] = field(default_factory=dict)  # the assuré's own row
    adresses: Sequence[dict[str, Any]] = (SERVES,)
    cartes: Sequence[dict[str, Any]] = ()
    open_state: CommandeState | None = None

    def facts(self) -> Facts:
        """The facts, unsaved."""
        caisse = CaisseFactory.build(code=self.caisse)
        caisse.regime.youngest_age = self.youngest_age
        assure = AssureFactory.build(caisse=caisse, beneficiaire=BeneficiaireFactory.build(**self.parent))
        child = BeneficiaireFactory.build(**{"date_naissance": date(2012, 3, 1)} | self.child)
        return Facts(
            assure=assure,
            beneficiaire=child,
            adresses=tuple(AdresseFactory.build(assure=assure, **one) for one in self.adresses),
            cartes=tuple(_carte(child, one) for one in self.cartes),
            open_commande=_open(assure, child, self.open_state),
        )


def _carte(child: Beneficiaire, fields: dict[str, Any]) -> Carte:
    return CarteFactory.build(beneficiaire=child, caisse=CaisseFactory.build(), **fields)


def _open(assure: Assure, child: Beneficiaire, state: CommandeState | None) -> Any:
    return CommandeFactory.build(author=assure, beneficiaire=child, state=state) if state else None


# What makes each rule hold. E8, E9 and E12 look at the same addresses: no two of them at once.
CAUSES: dict[Regle, dict[str, Any]] = {
    Regle.ORDER_OPEN: {"open_state": CommandeState.SUBMITTED},
    Regle.REGIME: {"caisse": "MSA-AR"},
    Regle.FORBIDDEN: {"child": {"forbidden_since": NOW}},
    Regle.MUTATION: {"child": {"mutation_since": NOW}},
    Regle.RIGHTS_ENDED: {"child": {"rights_ended_since": NOW}},
    Regle.TOO_YOUNG: {"child": {"date_naissance": date(2020, 3, 1)}},
    Regle.PROVISIONAL_NIR: {"child": {"nir": "7850101001001"}},
    Regle.NPAI: {"adresses": [{"npai_since": NOW - DAY}]},
    Regle.NO_ADDRESS: {"adresses": []},
    Regle.DECLARATION_NEEDED: {"cartes": [IN_USE]},
    Regle.PAPER_FORM_LEAVING: {"cartes": [WINDOW]},
    Regle.ADDRESS_WAIT: {"adresses": [SERVES, WAITS]},
}
ADDRESS_RULES = frozenset({Regle.NPAI, Regle.NO_ADDRESS, Regle.ADDRESS_WAIT})
ENDED = {"state": CarteState.ENDED}


def may_meet(rules: Iterable[Regle]) -> bool:
    """Whether all of them can hold together."""
    return len(ADDRESS_RULES & set(rules)) <= 1


def situation_of(rules: Iterable[Regle]) -> Situation:
    """The situation in which just these rules hold."""
    said: dict[str, Any] = {"child": {}, "cartes": []}
    for rule in rules:
        for name, value in CAUSES[rule].items():
            merged = {"child": lambda old, new: old | new, "cartes": lambda old, new: [*old, *new]}.get(name)
            said[name] = merged(said[name], value) if merged else value
    return Situation(**said)


def rules_of(facts: Facts, now: Any = NOW) -> list[Regle]:
    """The rules that hold, the headline first."""
    return [obstacle.regle for obstacle in examine(facts, now).obstacles]


def adresse(**fields: Any) -> Adresse:
    """An address of nobody, unsaved."""
    return AdresseFactory.build(assure=None, **fields)
