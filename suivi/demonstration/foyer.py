"""A household of a demonstration, and what it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow

from django.db.models import QuerySet

from accounts.models import Adresse, Assure, Beneficiaire, Caisse
from carte.copies import plan
from carte.eligibilite import examine, facts_for
from carte.enums import CarteState, Motif, Regle
from carte.mises_a_jour import next_reminder
from carte.models import Carte, Commande
from declarations.enums import PliCause, PliState
from declarations.models import PliPapier
from suivi.demonstration.identities import Case, Fenetre, Lieu, Role
from vitale_portal.transitions import Actor, Step, move

LONG_AGO = timedelta(days=400)

# Where the form of a household stands while it shows its rule.
FORMS: Mapping[Case, PliState] = {
    Fenetre.OPEN: PliState.PLANNED,
    Fenetre.SENT: PliState.SENT,
    Fenetre.HELD: PliState.PLANNED,
    Regle.PAPER_FORM_LEAVING: PliState.SENT,
}


@dataclass(frozen=True)
class Foyer:
    """The household of a role: its holders, and the beneficiary the rule is read on."""

    role: Role
    assures: tuple[Assure, ...]
    beneficiaire: Beneficiaire

    def shows(self, now: datetime) -> bool:
        """Tell whether, at ``now``, its holders meet its rules alone, form and order standing as said."""
        rules = self.role.rules
        if any(read_rules(assure, self.beneficiaire, now) != rules for assure in self.assures):
            return False
        form = self.role.case not in FORMS or self._form == FORMS[self.role.case]
        return form and (self.role.etat is None or self._etat == self.role.etat)

    @property
    def commande(self) -> Commande | None:
        """The last order sent; None before the first."""
        return Commande.objects.sent().filter(beneficiaire=self.beneficiaire).order_by("-pk").first()

    @property
    def _etat(self) -> str:
        """Where the last order stands; empty without one."""
        return self.commande.state if self.commande else ""

    @property
    def _form(self) -> str:
        """Where the form of a declaration stands; empty without one."""
        return str(self.plis.values_list("state", flat=True).first() or "")

    @property
    def plis(self) -> QuerySet[PliPapier]:
        """The forms of what was declared."""
        return PliPapier.objects.filter(beneficiaire=self.beneficiaire, cause=PliCause.DECLARATION)


def read_rules(assure: Assure, beneficiaire: Beneficiaire, now: datetime) -> list[Regle | Motif | None]:
    """Give the rules an assuré meets for a beneficiary; when there is none, the reason to order."""
    answer = examine(facts_for(assure, beneficiaire), now)
    return [obstacle.regle for obstacle in answer.obstacles] or [answer.motif]


def make_adresse(assure: Assure, lieu: Lieu, *, given_at: datetime, usable_at: datetime) -> Adresse:
    """Give an assuré an address, as it stands in the table."""
    return Adresse.objects.create(assure=assure, given_at=given_at, usable_at=usable_at, **vars(lieu))


def give_carte(who: Beneficiaire, caisse: Caisse, now: datetime, nom: str = "") -> Carte:
    """Give a person a card long in use, under ``nom`` if it is another than his."""
    since = now - LONG_AGO
    carte = Carte.objects.create(
        beneficiaire=who,
        serial=f"80250{randbelow(10**11):011d}",
        nom=nom or who.nom,
        prenoms=who.prenoms,
        nir=who.nir,
        made_on=(since - timedelta(days=1)).date(),
        caisse=caisse,
    )
    plan([carte], now)
    carte = move(carte, Step(to=CarteState.IN_USE, actor=Actor.POST, at=since, changes={"in_use_at": since}))
    carte.remind_at = next_reminder(now)  # it was updated not long ago
    carte.save(update_fields=["remind_at"])
    return carte
