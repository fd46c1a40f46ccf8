"""The production centre's answer to a lot: a CSV an agent hands in, recorded whole or not at all (D5, D6).

One line an order: its reference, EXPEDIEE with the serial of its card, or REFUSEE with a code of
``motifs.CENTRE``. A file may answer for part of the lot; the rest waits for the next one.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, models, transaction

from accounts.models import Beneficiaire, User
from carte.enums import CommandeState
from carte.fabrication.centre import refuse, ship
from carte.models import Carte, Commande, LotFabrication
from carte.motifs import CENTRE, MotifList, encode
from vitale_portal.locks import hold
from vitale_portal.references import canonical, normalise

COLUMNS = ("reference", "reponse", "serie", "motif")
MAX_BYTES = 4_000_000
SERIAL = re.compile(r"[0-9]{8,20}", re.ASCII)
MOTIFS = {motif.code for motif in CENTRE}
BATCH = 500
SHOWN = 40  # characters of what was found


class Word(models.TextChoices):
    """What the centre says of one order."""

    SHIPPED = "EXPEDIEE", "expédiée"
    REFUSED = "REFUSEE", "refusée"


class LineFault(models.TextChoices):
    """What is wrong with a line of the file, as the agent reads it."""

    TOO_HEAVY = "TOO_HEAVY", "Le fichier dépasse 4 Mo."
    NOT_TEXT = "NOT_TEXT", "Le fichier n’est pas un texte CSV en UTF-8."
    HEADER = "HEADER", "La première ligne doit être « reference;reponse;serie;motif »."
    EMPTY = "EMPTY", "Le fichier ne contient aucune réponse."
    COLUMNS = "COLUMNS", "Il faut 4 colonnes séparées par des points-virgules, il y en a {found}."
    REFERENCE = "REFERENCE", "« {found} » n’est pas une référence de commande."
    TWICE = "TWICE", "La commande {found} a déjà une ligne plus haut."
    WORD = "WORD", "« {found} » n’est pas une réponse : écrivez EXPEDIEE ou REFUSEE."
    SERIAL = "SERIAL", "Le numéro de série « {found} » doit avoir de 8 à 20 chiffres."
    SERIAL_TWICE = "SERIAL_TWICE", "Le numéro de série {found} est déjà plus haut."
    SERIAL_KNOWN = "SERIAL_KNOWN", "Le numéro de série {found} est déjà celui d’une carte."
    SERIAL_REFUSED = "SERIAL_REFUSED", "Une commande refusée n’a pas de numéro de série."
    MOTIF = "MOTIF", "« {found} » n’est pas un motif de refus : écrivez PRINTING, LENGTH ou ENVELOPE."
    MOTIF_SHIPPED = "MOTIF_SHIPPED", "Une carte expédiée n’a pas de motif de refus."
    NOT_IN_LOT = "NOT_IN_LOT", "La commande {found} n’est pas dans ce lot, ou le centre l’a déjà refusée."
    AT_ONCE = "AT_ONCE", "Un autre envoi s’enregistrait au même moment : envoyez le fichier de nouveau."
    ANSWERED = "ANSWERED", "La commande {found} n’attend plus la réponse du centre."


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, of which line (0 for the whole file), and what was found there."""

    line: int
    fault: LineFault
    found: str = ""

    def __str__(self) -> str:
        return str(self.fault.label).format(found=self.found[:SHOWN])


class AnswersRefused(Exception):
    """The file can't be recorded: nothing of it was. ``faults`` says why, line by line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True)
class Reponse:
    """The centre's word on one order: a serial when the card is made, else the code of a reason."""

    line: int
    reference: str
    serial: str = ""
    motif: str = ""


def read_answers(data: bytes) -> list[Reponse]:
    """Read the centre's file. Raises ``AnswersRefused`` with every fault of every line."""
    rows = _rows(data)
    if not rows or tuple(cell.strip().lower() for cell in rows[0]) != COLUMNS:
        raise AnswersRefused([Fault(1, LineFault.HEADER)])
    answers: list[Reponse] = []
    faults: list[Fault] = []
    for line, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if wrong := [Fault(line, fault, found) for fault, found in _wrong(cells)]:
            faults += wrong
        else:
            reference, _word, serial, motif = cells
            answers.append(Reponse(line, canonical(reference), serial, motif))
    faults += _repeated(answers)
    if not answers and not faults:
        faults = [Fault(0, LineFault.EMPTY)]
    if faults:
        raise AnswersRefused(sorted(faults, key=lambda one: one.line))
    return answers


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > MAX_BYTES:
        raise AnswersRefused([Fault(0, LineFault.TOO_HEAVY)])
    try:
        text = data.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnswersRefused([Fault(0, LineFault.NOT_TEXT)]) from error


def _wrong(cells: Sequence[str]) -> Iterator[tuple[LineFault, str]]:
    """Tell what is wrong with the cells of a line, and what was found."""
    if len(cells) != len(COLUMNS):
        yield LineFault.COLUMNS, str(len(cells))
        return
    reference, word, serial, motif = cells
    if normalise(reference) is None:
        yield LineFault.REFERENCE, reference
    if word not in Word.values:
        yield LineFault.WORD, word
    if word == Word.SHIPPED and motif:
        yield LineFault.MOTIF_SHIPPED, motif
    if word == Word.SHIPPED and not SERIAL.fullmatch(serial):
        yield LineFault.SERIAL, serial
    if word == Word.REFUSED and serial:
        yield LineFault.SERIAL_REFUSED, serial
    if word == Word.REFUSED and motif not in MOTIFS:
        yield LineFault.MOTIF, motif


def _repeated(answers: Sequence[Reponse]) -> Iterator[Fault]:
    """Tell the orders and the serials that come again."""
    seen: Counter[str] = Counter()
    for one in answers:
        for value, fault in ((one.reference, LineFault.TWICE), (one.serial, LineFault.SERIAL_TWICE)):
            if value and seen[f"{fault} {value}"]:
                yield Fault(one.line, fault, value)
            seen[f"{fault} {value}"] += 1


def waiting(lot: LotFabrication) -> int:
    """Count the orders of a lot that the centre has not answered for."""
    return lot.commandes.filter(state=CommandeState.IN_PRODUCTION).count()


def record_answers(
    *, lot: LotFabrication, answers: Sequence[Reponse], user: User, now: datetime
) -> tuple[int, int]:
    """Record the centre's answers, all or none; return how many cards were shipped, how many orders refused.

    The orders are locked first, so that each line is judged on how they stand. Raises ``AnswersRefused`` when
    a line can't be recorded.
    """
    try:
        _record_all(lot, answers, user, now)
    except IntegrityError as error:  # a serial that another file brought meanwhile
        raise AnswersRefused([Fault(0, LineFault.AT_ONCE)]) from error
    shipped = sum(bool(one.serial) for one in answers)
    return shipped, len(answers) - shipped


def _record_all(lot: LotFabrication, answers: Sequence[Reponse], user: User, now: datetime) -> None:
    with transaction.atomic():
        rows = _locked(lot, [one.reference for one in answers])
        if faults := [*_misplaced(answers, rows), *_known(answers)]:
            raise AnswersRefused(sorted(faults, key=lambda one: one.line))
        for start in range(0, len(answers), BATCH):
            _record(answers[start : start + BATCH], rows, user, now)


def _record(answers: Sequence[Reponse], rows: Mapping[str, Commande], user: User, now: datetime) -> None:
    serials = {one.reference: one.serial for one in answers if one.serial}
    if serials:
        ship([rows[reference] for reference in serials], now, user, serials)
    by_motif: dict[str, list[Commande]] = defaultdict(list)
    for one in answers:
        if one.motif:
            by_motif[one.motif].append(rows[one.reference])
    for motif, some in by_motif.items():
        refuse(some, encode({MotifList.CENTRE: [motif]}), now, user)


def _locked(lot: LotFabrication, references: Sequence[str]) -> dict[str, Commande]:
    """Lock the orders of a lot that have an answer, beneficiaries first; give them by reference."""
    ours = lot.commandes.filter(reference__in=references)
    who = Beneficiaire.objects.filter(pk__in=list(ours.values_list("beneficiaire", flat=True)))
    list(hold(who).order_by("pk").values_list("pk", flat=True))
    rows = hold(ours).select_related("beneficiaire", "author").order_by("pk")
    return {row.reference: row for row in rows}


def _misplaced(answers: Sequence[Reponse], rows: dict[str, Commande]) -> Iterator[Fault]:
    for one in answers:
        row = rows.get(one.reference)
        if row is None:
            yield Fault(one.line, LineFault.NOT_IN_LOT, one.reference)
        elif row.state != CommandeState.IN_PRODUCTION:
            yield Fault(one.line, LineFault.ANSWERED, one.reference)


def _known(answers: Sequence[Reponse]) -> Iterator[Fault]:
    lines = {one.serial: one.line for one in answers if one.serial}
    for serial in Carte.objects.filter(serial__in=lines).values_list("serial", flat=True):
        yield Fault(lines[serial], LineFault.SERIAL_KNOWN, serial)
