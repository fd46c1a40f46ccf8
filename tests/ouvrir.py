"""Somebody without an account, what he has in hand, and how the pages are walked."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Assure, OutboxMail
from accounts.ouverture.code_provisoire import hand_over
from accounts.ouverture.demandes import judge
from accounts.ouverture.preuves import Identity
from carte.models import Carte
from tests.factories import NOW, CarteFactory, assure_ready

IBAN = "FR7630006000011234567890189"
IBAN_END = "7890189"
SERIAL = "8025012345678901"
SERIAL_END = "12345678901"
OLD_SERIAL = "1234567890"
NEW_CODE = "Tulipe-rouge-77"
MAILBOX = "nouvelle@courriel.example"


def stranger(*, with_photo: bool = True, **fields: Any) -> Assure:
    """An assuré without an account, his IBAN on file, a card in use, an address in 01000.

    The serial is that of the last one made: whoever had it before gets another.
    """
    born = fields.pop("born", None)
    assure = assure_ready(**{"user": False, "email": "", "iban": IBAN} | fields)
    if born:
        type(assure.beneficiaire).objects.filter(pk=assure.beneficiaire.pk).update(date_naissance=born)
        assure.beneficiaire.refresh_from_db()
    serial = SERIAL if with_photo else OLD_SERIAL
    Carte.objects.filter(serial=serial).update(serial=f"9{assure.pk:010d}")
    CarteFactory(beneficiaire=assure.beneficiaire, serial=serial, with_photo=with_photo)
    return assure


def identity(assure: Assure, **fields: Any) -> Identity:
    who = assure.beneficiaire
    facts = {"nir": who.nir, "nom": who.nom, "date_naissance": who.date_naissance, "code_postal": "01000"}
    return Identity(**facts | fields)


def typed(assure: Assure, **fields: str) -> dict[str, str]:
    """What is written on the first page."""
    who = identity(assure)
    facts = {
        "nom": who.nom,
        "nir": who.nir,
        "date_naissance": str(who.date_naissance),
        "code_postal": "01000",
    }
    return facts | fields


UNKNOWN = {
    "nom": "PERSONNE",
    "nir": "2850101998998",
    "date_naissance": "1985-01-15",
    "code_postal": "01000",
}
PROOF = {"iban": IBAN_END, "kind": "PHOTO", "serial": SERIAL_END}


def send(client: Client, view: str, **data: str) -> HttpResponse:
    return client.post(reverse(view), data)


def to_proof(client: Client, assure: Assure) -> HttpResponse:
    """Walk to the proof, and give it."""
    send(client, "opening_who", **typed(assure))
    return send(client, "opening_proof", **PROOF)


def to_mail(client: Client, assure: Assure, *, code: str = NEW_CODE, email: str = MAILBOX) -> HttpResponse:
    """Walk to the link sent, by IBAN and card."""
    to_proof(client, assure)
    return finish_steps(client, code=code, email=email)


def by_code(client: Client, assure: Assure, *, code: str = NEW_CODE, email: str = MAILBOX) -> HttpResponse:
    """Walk to the link sent, by a provisional code handed over."""
    given = hand_over(assure=assure, now=NOW)
    send(client, "opening_code", nir=assure.beneficiaire.nir, code=given)
    return finish_steps(client, code=code, email=email)


def finish_steps(client: Client, *, code: str, email: str) -> HttpResponse:
    send(client, "opening_terms", accepted="on")
    send(client, "opening_choose_code", code=code)
    return send(client, "opening_email", email=email)


def link_of(mail: OutboxMail) -> str:
    """The address the link of a mail leads to, without the host."""
    return re.sub(r"^https?://[^/]+", "", mail.secret)


def last_link() -> str:
    return link_of(OutboxMail.objects.exclude(secret=None).latest("pk"))


def forgotten_link(client: Client, assure: Assure) -> str:
    """Ask for a link to a new code, and have it judged."""
    send(client, "forgotten", nir=assure.beneficiaire.nir)
    judge(NOW)
    return last_link()


def subjects() -> list[str]:
    return list(OutboxMail.objects.order_by("pk").values_list("subject", flat=True))
