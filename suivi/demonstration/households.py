"""Households of a demonstration: found, made, set up so that each shows its rule, and armed again."""

import unicodedata
from dataclasses import replace
from datetime import datetime
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.enums import Lien
from accounts.models import Agent, Assure, Beneficiaire, Caisse, Rattachement, User
from carte.enums import Motif
from suivi.demonstration.cases import ARM, SET_UP, leave
from suivi.demonstration.foyer import LONG_AGO, Foyer, give_carte, make_adresse, read_rules
from suivi.demonstration.identities import CODE, Personne, Role

ORDER_NUMBER = 10  # where it starts in a NIR


def standing_foyer(role: Role, now: datetime) -> Foyer:
    """Give a household that shows its rule at ``now``: one that is there, its instants ahead, or a new one.

    Nobody's doings are undone: a household that has served (its order sent, its address given) stays as
    it is, and the next one of the role takes its place.
    """
    rank = 0
    while (foyer := _find(role, rank)) is not None:
        _arm(foyer, now)
        if foyer.shows(now):
            return foyer
        rank += 1
    foyer = _make(role, rank, now)
    _arm(foyer, now)
    return foyer


def _nir(who: Personne, rank: int) -> str:
    """Give the NIR of the person of that rank, from 0: the order number counts."""
    return f"{who.nir[:ORDER_NUMBER]}{int(who.nir[ORDER_NUMBER:]) + rank:03d}"


def _find(role: Role, rank: int) -> Foyer | None:
    nirs = [_nir(who, rank) for who in role.holders]
    people = Assure.objects.select_related("beneficiaire", "caisse__regime").in_bulk(
        [a.pk for a in Assure.objects.filter(beneficiaire__nir__in=nirs)]
    )
    by_nir = {assure.beneficiaire.nir: assure for assure in people.values()}
    if not by_nir:
        return None
    assures = tuple(by_nir[nir] for nir in nirs)
    child = role.child and Beneficiaire.objects.get(nir=_nir(role.child, rank))
    return Foyer(role, assures, child or assures[0].beneficiaire)


def _arm(foyer: Foyer, now: datetime) -> None:
    """Put ahead what would pass, unless another rule holds: that household has served."""
    if all(
        {*read_rules(assure, foyer.beneficiaire, now)} <= {*foyer.role.rules, *Motif}
        for assure in foyer.assures
    ):
        ARM.get(foyer.role.case, leave)(foyer, now)


# --- Making ----------------------------------------------------------------------------------


def _make(role: Role, rank: int, now: datetime) -> Foyer:
    """Make the household of a rank with what its rule needs, in one transaction."""
    with transaction.atomic():
        assures = tuple(_assure(role, who, rank, now) for who in role.holders)
        foyer = Foyer(role, assures, assures[0].beneficiaire)
        if role.child:
            foyer = replace(foyer, beneficiaire=_child(role.child, assures, rank, now))
        SET_UP.get(role.case, leave)(foyer, now)
    return foyer


@cache
def _hashed_code() -> str:
    return make_password(CODE)


def open_account(identifiant: str, **who: Assure | Agent) -> User:
    """Open the account of an ``assure`` or an ``agent``; the code is all the same, and hashed once."""
    return User.objects.create(identifiant=identifiant, password=_hashed_code(), **who)


def _beneficiaire(who: Personne, rank: int) -> Beneficiaire:
    return Beneficiaire.objects.create(
        nir=_nir(who, rank), nom=who.nom, prenoms=who.prenoms, date_naissance=who.naissance
    )


def _assure(role: Role, who: Personne, rank: int, now: datetime) -> Assure:
    assure = Assure.objects.create(
        beneficiaire=_beneficiaire(who, rank),
        caisse=Caisse.objects.select_related("regime").get(code=role.caisse),
        email=_email(who, rank),
    )
    Rattachement.objects.create(assure=assure, beneficiaire=assure.beneficiaire, lien=Lien.SOI)
    open_account(assure.beneficiaire.nir, assure=assure)
    if role.lieu:
        make_adresse(assure, role.lieu, given_at=now - LONG_AGO, usable_at=now - LONG_AGO)
    return assure


def _email(who: Personne, rank: int) -> str:
    name = f"{who.prenoms.split()[0]}.{who.nom}".lower().replace(" ", "-")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{plain}{rank + 1 if rank else ''}@exemple.test"


def _child(who: Personne, parents: tuple[Assure, ...], rank: int, now: datetime) -> Beneficiaire:
    """Make the child of these holders, who have their own cards."""
    child = _beneficiaire(who, rank)
    for parent in parents:
        Rattachement.objects.create(assure=parent, beneficiaire=child, lien=Lien.AYANT_DROIT)
        give_carte(parent.beneficiaire, parent.caisse, now)
    return child
