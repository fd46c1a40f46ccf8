"""Faults planted in a portal that has lived, and what ``verify`` must say of each."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.db import connection

from accounts.enums import Notice
from accounts.models import Adresse, Lettre, Message, OutboxMail
from carte.enums import CarteState, CommandeState
from carte.fabrication.renvois import bring_back
from carte.models import Carte, CarteEvent, Commande, CommandeEvent, LotFabrication, Page
from declarations.models import PliEvent, PliPapier
from tests.factories import DAY, NOW, CommandeFactory, assure_ready
from tests.suivi.vecu import LATER
from vitale_portal.transitions import Actor

SUBMITTED, ACCEPTED = CommandeState.SUBMITTED, CommandeState.ACCEPTED
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
# By question, what is told: of which row, what was expected, what was found.
Planted = dict[str, list[tuple[str, str, str]]]
CHAIN = "Chaque changement d’état part de celui d’avant"
TABLE = "Chaque changement d’état est dans la table, fait par qui en a le droit"
LAST = "État et version de chaque ligne sont ceux de son dernier événement, numérotés sans trou"
CARD = "Une carte par commande expédiée, dans un état qui va avec"
TOLD = "Un avis par événement qui en doit un, et un événement par avis"
EARLY = "Rien avant l’heure pour les commandes"
EARLY_MAIL = "Rien avant l’heure pour le courrier"
OVERDUE = "Rien en retard de plus de deux passages"
FORGOTTEN = "Aucune commande sans échéance"
BACK = "Un retour après la livraison suit une réception présumée"
LOTS, SEALED = "Les lots sont numérotés sans trou", "Chaque lot est tel qu’il a été scellé"
ONE_MAIL = "Un courriel par message"
PAGES, FILES = "Chaque page a son fichier, intact", "Chaque fichier a sa page"


def named(row: Commande) -> str:
    """An order as the report names it: by its reference as it is kept."""
    return f"commande {row.reference}"


def drop(constraint: str, table: str) -> None:
    """Let a fault in that the database itself would refuse."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
        cursor.execute(f"DROP INDEX IF EXISTS {constraint}")


def version_ahead(one: Commande) -> Planted:
    Commande.objects.filter(pk=one.pk).update(version=7)
    said = named(one)
    return {LAST: [(said, "– version 6 numéros 1 à 7", "DELIVERED version 7 6 numéros de 1 à 6")]}


def state_without_event(one: Commande) -> Planted:
    Commande.objects.filter(pk=one.pk).update(state=CommandeState.REJECTED)
    return {
        LAST: [(named(one), "DELIVERED version 6 numéros 1 à 6", "REJECTED version 6 6 numéros de 1 à 6")],
        CARD: [(named(one), "pas de carte", "REJECTED avec une carte")],
    }


def card_without_event(one: Commande) -> Planted:
    Carte.objects.filter(commande=one).update(state=CarteState.IN_USE)
    found = "IN_USE version 2 2 numéros de 1 à 2"
    return {LAST: [(f"carte {one.carte.pk}", "OPPOSED version 2 numéros 1 à 2", found)]}


def form_whose_events_are_gone(one: Commande) -> Planted:  # noqa: ARG001
    pli = PliPapier.objects.get()
    PliEvent.objects.all().delete()
    found = "SENT version 1 0 numéros de 1 à 0"
    return {LAST: [(f"pli papier {pli.reference}", "– version 0 numéros 1 à 1", found)]}


def row_that_never_moved_elsewhere(one: Commande) -> Planted:  # noqa: ARG001
    author = assure_ready()
    draft = CommandeFactory(author=author, due_at=LATER + DAY)
    Commande.objects.filter(pk=draft.pk).update(
        state=SUBMITTED, motif="FIRST", submitted_at=NOW, expected_at=NOW
    )
    return {LAST: [(named(draft), "DRAFT version 0 numéros 1 à 0", "SUBMITTED version 0 0 numéros de 1 à 0")]}


def hole_in_the_numbers(one: Commande) -> Planted:
    """The message of the renumbered event no longer names it, either way."""
    CommandeEvent.objects.filter(subject=one, number=1).update(number=9)
    told_of = f"commande {one.reference} n° 1"
    return {
        LAST: [(named(one), "DELIVERED version 9 numéros 1 à 6", "DELIVERED version 6 6 numéros de 2 à 9")],
        CHAIN: [
            (f"{named(one)} n° 2", "de DRAFT", "de SUBMITTED"),
            (f"{named(one)} n° 9", "de DELIVERED", "de DRAFT"),
        ],
        TOLD: [
            (named(one), "1 avis commande_submitted n° 9", "0"),
            ("message commande_submitted", told_of, "–"),
        ],
    }


def move_by_the_wrong_actor(one: Commande) -> Planted:
    CommandeEvent.objects.filter(subject=one, number=3).update(actor=Actor.AUTHOR)
    return {TABLE: [(f"{named(one)} n° 3", "IN_REVIEW → ACCEPTED par AGENT", "par AUTHOR")]}


def move_that_is_in_no_table(one: Commande) -> Planted:
    card = CarteEvent.objects.filter(subject=one.carte, number=2)
    card.update(from_state=CarteState.ENDED)
    return {
        TABLE: [(f"carte {one.carte.pk} n° 2", "ENDED → OPPOSED par –", "par AUTHOR")],
        CHAIN: [(f"carte {one.carte.pk} n° 2", "de IN_USE", "de ENDED")],
    }


def chain_that_does_not_begin_as_a_draft(one: Commande) -> Planted:
    CommandeEvent.objects.filter(subject=one, number=1).update(from_state=CommandeState.TO_CORRECT)
    told_of = f"commande {one.reference} n° 1"
    return {
        CHAIN: [(f"{named(one)} n° 1", "de DRAFT", "de TO_CORRECT")],
        TOLD: [("message commande_submitted", told_of, "–")],
    }


def return_after_a_delivery_the_post_told(one: Commande) -> Planted:
    bring_back([one], LATER)
    return {BACK: [(f"{named(one)} n° 7", "réception présumée", "reçue")]}


def two_open_orders(one: Commande) -> Planted:  # noqa: ARG001
    drop("commande_one_open", "carte_commande")
    open_one = Commande.objects.get(state=SUBMITTED)
    second = CommandeFactory(author=open_one.author, state=SUBMITTED)
    who = open_one.beneficiaire.reference
    return {
        "Une commande ouverte par bénéficiaire": [(f"commande de {who}", "1", "2")],
        TOLD: [(named(second), "1 avis commande_submitted n° 1", "0")],
    }


def two_cards(state: CarteState, says: str) -> Callable[[Commande], Planted]:
    def plant(one: Commande) -> Planted:
        drop("carte_one_in_use", "carte_carte")
        drop("carte_one_in_transit", "carte_carte")
        card = one.carte
        for serial in ("8025000000000000001", "8025000000000000002"):
            copy = {"beneficiaire": card.beneficiaire, "caisse": card.caisse, "made_on": card.made_on}
            Carte.objects.create(**copy, serial=serial, state=CarteState.IN_TRANSIT)
        if state != CarteState.IN_TRANSIT:
            for copied in Carte.objects.filter(state=CarteState.IN_TRANSIT):
                CarteEvent.objects.create(
                    subject=copied, number=1, from_state=CarteState.IN_TRANSIT, to_state=state,
                    actor=Actor.POST, at=NOW,
                )  # fmt: skip
            Carte.objects.filter(state=CarteState.IN_TRANSIT).update(state=state, version=1)
        return {says: [(f"carte de {card.beneficiaire.reference}", "1", "2")]}

    return plant


def card_that_was_never_made(one: Commande) -> Planted:
    Carte.objects.filter(commande=one).update(commande=None)
    return {CARD: [(named(one), "une carte", "DELIVERED sans carte")]}


def card_still_on_its_way(one: Commande) -> Planted:
    CarteEvent.objects.filter(subject=one.carte).delete()
    Carte.objects.filter(commande=one).update(state=CarteState.IN_TRANSIT, version=0)
    allowed = "DELIVERED carte IN_USE OPPOSED ENDED HANDED_BACK"
    return {CARD: [(named(one), allowed, "carte IN_TRANSIT")]}


def lot_number_skipped(one: Commande) -> Planted:  # noqa: ARG001
    LotFabrication.objects.update(number=3)
    return {LOTS: [("lots de fabrication", "numéros 1 à 1", "3")]}


def lot_rewritten(one: Commande) -> Planted:
    lot = LotFabrication.objects.get()
    LotFabrication.objects.update(csv="", count=2)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert one.lot == lot
    return {SEALED: [(str(lot), "1 commandes", "2 commandes"), (str(lot), lot.sha256, empty)]}


def message_lost(one: Commande) -> Planted:
    Message.objects.get(assure=one.author, notice=Notice.COMMANDE_SHIPPED).delete()
    return {TOLD: [(named(one), "1 avis commande_shipped n° 5", "0")]}


def told_twice(one: Commande) -> Planted:
    copied = Message.objects.filter(assure=one.author, notice=Notice.COMMANDE_SHIPPED).values(
        "assure_id", "notice", "about", "subject", "body", "written_at"
    )
    Lettre.objects.create(**copied.get(), printed_at=NOW)
    return {TOLD: [(named(one), "1 avis commande_shipped n° 5", "2")]}


def message_about_nothing(one: Commande) -> Planted:
    about = f"commande {one.reference} n° 12"
    Message.objects.create(
        assure=one.author, notice=Notice.COMMANDE_SHIPPED, about=about, subject="s", body="b", written_at=NOW
    )
    return {TOLD: [("message commande_shipped", about, "–")]}


def mail_written_twice(one: Commande) -> Planted:
    mail = OutboxMail.objects.filter(recipient=one.author.email).earliest("written_at", "pk")
    OutboxMail.objects.create(
        message_id="<other@ma-carte-vitale.example>", recipient=mail.recipient, subject=mail.subject,
        written_at=mail.written_at, due_at=mail.due_at, sent_at=mail.sent_at, attempts=1,
    )  # fmt: skip
    count = Message.objects.filter(assure=one.author, written_at=mail.written_at).count()
    return {ONE_MAIL: [(f"courriel {mail.pk} {mail.written_at}", str(count), str(count + 1))]}


def mail_sent_without_a_try(one: Commande) -> Planted:
    mail = OutboxMail.objects.filter(recipient=one.author.email).earliest("pk")
    OutboxMail.objects.filter(pk=mail.pk).update(attempts=0)
    return {ONE_MAIL: [(f"courriel {mail.pk}", "1 essai", "0")]}


def delivered_too_soon(one: Commande) -> Planted:
    shipped = CommandeEvent.objects.get(subject=one, number=5).at
    at = shipped + 3 * DAY - SECOND
    CommandeEvent.objects.filter(subject=one, number=6).update(at=at)
    return {EARLY: [(f"{named(one)} n° 6 DELIVERED", (at + SECOND).isoformat(), at.isoformat())]}


def form_sent_too_soon(one: Commande) -> Planted:  # noqa: ARG001
    pli = PliPapier.objects.get()
    PliPapier.objects.update(sent_at=pli.due_at - SECOND)
    expected, found = pli.due_at.isoformat(), (pli.due_at - SECOND).isoformat()
    return {EARLY_MAIL: [(f"pli papier {pli.reference}", expected, found)]}


def address_told_too_soon(one: Commande) -> Planted:
    adresse = Adresse.objects.filter(assure=one.author).get()
    Adresse.objects.filter(pk=adresse.pk).update(usable_at=NOW)
    Message.objects.create(
        assure=one.author, notice=Notice.ADRESSE_USABLE, about=f"adresse {adresse.pk}", subject="s", body="b",
        written_at=NOW - SECOND,
    )  # fmt: skip
    return {EARLY_MAIL: [(f"adresse {adresse.pk}", NOW.isoformat(), (NOW - SECOND).isoformat())]}


def accepted_without_due_time(one: Commande) -> Planted:
    CommandeEvent.objects.filter(subject=one, number__gt=3).delete()
    CarteEvent.objects.all().delete()
    Message.objects.filter(notice__in=(Notice.COMMANDE_IN_PRODUCTION, Notice.COMMANDE_SHIPPED,
                                       Notice.COMMANDE_DELIVERED)).delete()  # fmt: skip
    Carte.objects.update(commande=None, version=0, state=CarteState.IN_TRANSIT)
    LotFabrication.objects.update(count=0)
    Commande.objects.filter(pk=one.pk).update(state=ACCEPTED, version=3, due_at=None)
    return {FORGOTTEN: [(named(one), "ACCEPTED avec une échéance", "–")]}


def overdue(model: type[Any], **columns: Any) -> Callable[[Commande], Planted]:
    """Rows due for a second more than two sweeps; the first column named is the one that tells."""

    def plant(one: Commande) -> Planted:
        at = LATER - timedelta(seconds=121)
        values = {name: at if value == "late" else value for name, value in columns.items()}
        rows = model.objects.filter(pk=one.pk) if model is Commande else model.objects.all()
        row = rows.earliest("pk")
        model.objects.filter(pk=row.pk).update(**values)
        name = getattr(row, "reference", row.pk)
        said = f"{model._meta.verbose_name} {name}"  # noqa: SLF001
        return {OVERDUE: [(said, at.isoformat(), LATER.isoformat())]}

    return plant


def file_lost(one: Commande) -> Planted:
    page = Page.objects.filter(piece__commande=one).earliest("pk")
    default_storage.delete(page.file.name)
    return {PAGES: [(f"{named(one)} {page.file.name}", page.sha256, "absent")]}


def file_of_another(one: Commande) -> Planted:
    page = Page.objects.filter(piece__commande=one).earliest("pk")
    Page.objects.filter(pk=page.pk).update(sha256="0" * 64)
    return {PAGES: [(f"{named(one)} {page.file.name}", "0" * 64, page.sha256)]}


def file_changed(one: Commande) -> Planted:
    page = Page.objects.filter(piece__commande=one).earliest("pk")
    raw = storages["at_rest"]
    with raw.open(page.file.name, "rb") as stored:
        changed = stored.read()[:-1] + b"x"
    raw.delete(page.file.name)
    raw.save(page.file.name, ContentFile(changed))
    return {PAGES: [(f"{named(one)} {page.file.name}", page.sha256, "illisible")]}


def file_without_a_row(one: Commande) -> Planted:  # noqa: ARG001
    name = default_storage.save(f"ab/{'ab' * 16}", ContentFile(b"x"))
    old = (LATER - 61 * MINUTE).timestamp()
    os.utime(storages["at_rest"].path(name), (old, old))
    return {FILES: [(f"fichier {name}", "une page", "–")]}


FAULTS: list[Callable[[Commande], Planted]] = [
    version_ahead,
    state_without_event,
    card_without_event,
    form_whose_events_are_gone,
    row_that_never_moved_elsewhere,
    hole_in_the_numbers,
    move_by_the_wrong_actor,
    move_that_is_in_no_table,
    chain_that_does_not_begin_as_a_draft,
    return_after_a_delivery_the_post_told,
    two_open_orders,
    two_cards(CarteState.IN_USE, "Une carte en service par bénéficiaire"),
    two_cards(CarteState.IN_TRANSIT, "Une carte en route par bénéficiaire"),
    card_that_was_never_made,
    card_still_on_its_way,
    lot_number_skipped,
    lot_rewritten,
    message_lost,
    told_twice,
    message_about_nothing,
    mail_written_twice,
    mail_sent_without_a_try,
    delivered_too_soon,
    form_sent_too_soon,
    address_told_too_soon,
    accepted_without_due_time,
    overdue(Commande, due_at="late"),
    overdue(OutboxMail, due_at="late", sent_at=None),
    overdue(Adresse, notice_due_at="late"),
    file_lost,
    file_of_another,
    file_changed,
    file_without_a_row,
]
