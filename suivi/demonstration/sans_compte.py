"""People of a demonstration who have no account, so that opening one can be tried (A4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from secrets import randbelow

from django.db import transaction

from accounts.bancaire import last_digits, parse_iban
from accounts.enums import Lien
from accounts.models import Assure, Beneficiaire, Caisse, Rattachement
from accounts.ouverture.preuves import IBAN_DIGITS, PHOTO_DIGITS
from carte.enums import CarteState
from carte.models import Carte
from suivi.demonstration.foyer import LONG_AGO, give_carte, make_adresse
from suivi.demonstration.identities import AIN, Lieu, Personne


@dataclass(frozen=True)
class SansCompte:
    """A person without an account, and what he has in hand."""

    who: Personne
    lieu: Lieu
    iban: str
    with_photo: bool
    shows: str


@dataclass(frozen=True)
class OpeningEntry:
    """What to type to open an account; the digits are those the pages ask for."""

    nir: str
    nom: str
    prenom: str
    date_naissance: str
    code_postal: str
    iban: str
    with_photo: bool
    serial: str
    shows: str


PEOPLE: tuple[SansCompte, ...] = (
    SansCompte(
        who=Personne("2920801053101", "Jolivet", "Agathe", date(1992, 8, 19)),
        lieu=Lieu("12 rue des Bons-Enfants", "01000", "Bourg-en-Bresse"),
        iban="FR76 3000 6000 0112 3456 7890 189",
        with_photo=True,
        shows="Agathe n’a pas de compte. Sa carte porte sa photo, elle en ouvre un tout de suite.",
    ),
    SansCompte(
        who=Personne("1470301053101", "Tissot", "Roger Émile", date(1947, 3, 8)),
        lieu=Lieu("5 place de l’Église", "01160", "Pont-d'Ain"),
        iban="FR14 2004 1010 0505 0001 3M02 606",
        with_photo=False,
        shows="Roger n’a pas de compte. Sa carte est sans photo, et une lettre l’aide aussi bien.",
    ),
)


def standing_entries(now: datetime) -> list[OpeningEntry]:
    """Give people without an account: those that are there, or the next once one has opened his."""
    return [_entry(_standing(one, now), one) for one in PEOPLE]


def _standing(one: SansCompte, now: datetime) -> Assure:
    rank = 0
    while True:
        nir = f"{one.who.nir[:10]}{int(one.who.nir[10:]) + rank:03d}"
        assure = Assure.objects.select_related("beneficiaire", "user").filter(beneficiaire__nir=nir).first()
        if assure is None:
            return _make(replace(one, who=replace(one.who, nir=nir)), now)
        if not hasattr(assure, "user"):
            return assure
        rank += 1


def _make(one: SansCompte, now: datetime) -> Assure:
    who = one.who
    with transaction.atomic():
        person = Beneficiaire.objects.create(
            nir=who.nir, nom=who.nom, prenoms=who.prenoms, date_naissance=who.naissance
        )
        caisse = Caisse.objects.select_related("regime").get(code=AIN)
        assure = Assure.objects.create(beneficiaire=person, caisse=caisse, iban=parse_iban(one.iban))
        Rattachement.objects.create(assure=assure, beneficiaire=person, lien=Lien.SOI)
        make_adresse(assure, one.lieu, given_at=now - LONG_AGO, usable_at=now - LONG_AGO)
        carte = give_carte(person, caisse, now)
        if not one.with_photo:
            serial = f"{randbelow(9) + 1}{randbelow(10**9):09d}"
            Carte.objects.filter(pk=carte.pk).update(with_photo=False, serial=serial)
    return assure


def _entry(assure: Assure, one: SansCompte) -> OpeningEntry:
    who = assure.beneficiaire
    carte = Carte.objects.get(beneficiaire=who, state=CarteState.IN_USE)
    return OpeningEntry(
        nir=who.nir_value.formatted,
        nom=who.nom,
        prenom=who.prenom,
        date_naissance=who.date_naissance.isoformat(),
        code_postal=one.lieu.code_postal,
        iban=last_digits(assure.iban or "", IBAN_DIGITS),
        with_photo=carte.with_photo,
        serial=carte.serial[-PHOTO_DIGITS:] if carte.with_photo else carte.serial,
        shows=one.shows,
    )


def told(entry: OpeningEntry) -> Mapping[str, str]:
    """Give what is typed, in words, in the order of the pages."""
    kind = "avec photo" if entry.with_photo else "sans photo"
    born = date.fromisoformat(entry.date_naissance)
    return {
        "Nom de famille": entry.nom,
        "Numéro de sécurité sociale": entry.nir,
        "Date de naissance": born.strftime("%d/%m/%Y"),
        "Code postal": entry.code_postal,
        "Fin de l’IBAN": entry.iban,
        f"Numéro de série, carte {kind}": entry.serial,
    }
