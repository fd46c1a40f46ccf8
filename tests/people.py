"""Invented people: régimes, caisses, assurés, addresses, agents, mails. Asked for by ``tests.factories``."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import factory
from django.conf import settings
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from accounts.enums import AdresseKind, Lien
from accounts.groups import sync_groups
from accounts.models import (
    Adresse,
    Agent,
    Assure,
    Beneficiaire,
    Caisse,
    OutboxMail,
    Rattachement,
    Regime,
    TotpDevice,
    User,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday, 10 h in Paris
CODE = "Soleil-2026"  # of every assuré
PASSWORD = "Bureau-2026"  # of every agent
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of every agent's application
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_FIXTURE = json.loads(
    (Path(settings.BASE_DIR) / "accounts/fixtures/regimes.json").read_text(encoding="utf-8")
)
_REGIMES = {row["pk"]: row["fields"] for row in _FIXTURE if row["model"] == "accounts.regime"}
PROFILES: dict[str, dict[str, Any]] = {fields["code"]: fields for fields in _REGIMES.values()}
CAISSES: dict[str, dict[str, Any]] = {
    row["fields"]["code"]: row["fields"] for row in _FIXTURE if row["model"] == "accounts.caisse"
}


def nir(rank: int, *, sex: str = "2") -> str:
    """A NIR that follows the rules, one for each rank below 998 001, and that is nobody's."""
    return f"{sex}850101{rank // 999 + 1:03d}{rank % 999 + 1:03d}"


class RegimeFactory(DjangoModelFactory[Regime]):
    """A regime with its profile: 01, 17, 08 or 02."""

    class Meta:
        model = Regime
        django_get_or_create = ("code",)

    code = "01"

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return PROFILES[kwargs["code"]] | kwargs


class CaisseFactory(DjangoModelFactory[Caisse]):
    """A caisse: 011, 301 (CPAM), CFE, CNMSS, MSA-AR or CNAREFE, of its regime."""

    class Meta:
        model = Caisse
        django_get_or_create = ("code",)

    code = "011"
    regime = factory.SubFactory(
        RegimeFactory,
        code=factory.LazyAttribute(lambda o: _REGIMES[CAISSES[o.factory_parent.code]["regime"]]["code"]),
    )

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return CAISSES[kwargs["code"]] | kwargs


class BeneficiaireFactory(DjangoModelFactory[Beneficiaire]):
    """A grown-up with a definitive NIR."""

    class Meta:
        model = Beneficiaire

    nir = factory.Sequence(nir)
    nom = factory.Sequence(lambda n: f"DURAND-{n}")
    prenoms = "Camille Jeanne"
    date_naissance = date(1985, 1, 15)


class RattachementFactory(DjangoModelFactory[Rattachement]):
    """An ayant droit of an assuré."""

    class Meta:
        model = Rattachement

    lien = Lien.AYANT_DROIT


class AssureFactory(DjangoModelFactory[Assure]):
    """An assuré attached to himself, with an account (``user=False``: without) opened by ``CODE``."""

    class Meta:
        model = Assure
        skip_postgeneration_save = True

    beneficiaire = factory.SubFactory(BeneficiaireFactory)
    caisse = factory.SubFactory(CaisseFactory)
    email = factory.Sequence(lambda n: f"boite{n}@courriel.example")

    @factory.post_generation
    def soi(self: Any, create: bool, _value: object, **_fields: Any) -> None:
        if create:
            Rattachement.objects.create(assure=self, beneficiaire=self.beneficiaire, lien=Lien.SOI)

    @factory.post_generation
    def user(self: Any, create: bool, value: object, **fields: Any) -> None:
        if create and value is not False:
            User.objects.create_user(self.beneficiaire.nir, CODE, assure=self, **fields)


def ayant_droit(*holders: Assure, **fields: Any) -> Beneficiaire:
    """A child of 14 attached to one holder or two."""
    child = BeneficiaireFactory(**{"prenoms": "Lou", "date_naissance": date(2012, 3, 1)} | fields)
    for holder in holders:
        RattachementFactory(assure=holder, beneficiaire=child)
    return child


class AdresseFactory(DjangoModelFactory[Adresse]):
    """A définitive address usable for a year; with ``waiting=True``, one given an hour before ``NOW``."""

    class Meta:
        model = Adresse

    class Params:
        waiting = factory.Trait(given_at=NOW - HOUR, usable_at=NOW + 47 * HOUR)

    assure = factory.SubFactory(AssureFactory)
    kind = AdresseKind.DEFINITIVE
    voie = "12 RUE DES LILAS"
    code_postal = "01000"
    commune = "Bourg-en-Bresse"
    given_at = NOW - 365 * DAY
    usable_at = factory.SelfAttribute("given_at")


def assure_ready(**fields: Any) -> Assure:
    """An assuré with an address, who may order a first card."""
    assure = AssureFactory(**fields)
    AdresseFactory(assure=assure)
    return assure


class AgentFactory(DjangoModelFactory[Agent]):
    """An agent with an account opened by ``PASSWORD``, in the group « contrôle » or in ``groups``.

    His application of codes has ``TOTP_SECRET``, or that of ``totp``; ``totp=False``: he has none.
    """

    class Meta:
        model = Agent
        skip_postgeneration_save = True

    nom = factory.Sequence(lambda n: f"LEROY-{n}")
    prenom = "Dominique"
    caisse = factory.SubFactory(CaisseFactory)

    @factory.post_generation
    def groups(self: Any, create: bool, names: tuple[str, ...] | None, **_fields: Any) -> None:
        if not create:
            return
        sync_groups()
        user = User.objects.create_user(f"AGENT{self.pk}", PASSWORD, agent=self)
        user.groups.set(Group.objects.filter(name__in=("contrôle",) if names is None else names))

    @factory.post_generation
    def totp(self: Any, create: bool, secret: str | bool | None, **_fields: Any) -> None:
        if create and secret is not False:
            TotpDevice.objects.create(
                user=self.user, secret=secret or TOTP_SECRET, confirmed=True, confirmed_at=NOW - DAY
            )


class OutboxMailFactory(DjangoModelFactory[OutboxMail]):
    """A mail due since ``NOW``."""

    class Meta:
        model = OutboxMail

    message_id = factory.Sequence(lambda n: f"<{n}@ma-carte-vitale.example>")
    recipient = factory.Sequence(lambda n: f"boite{n}@courriel.example")
    subject = "Votre carte Vitale"
    text = "Bonjour"
    html = "<p>Bonjour</p>"
    written_at = NOW
    due_at = NOW
