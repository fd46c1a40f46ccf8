"""The window after a declaration, as one reads it: a timeline, and the same as a calendar (F5)."""

from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

from declarations.enums import PliState
from declarations.models import Declaration, PliPapier
from vitale_portal.dates import weekday_datetime


@dataclass(frozen=True)
class Repere:
    """One instant of the window: its label, when, a word, whether it is behind, its name in a calendar."""

    label: str
    at: datetime | None
    detail: str
    status: str
    event: str = ""


def reperes(declaration: Declaration, now: datetime) -> list[Repere]:
    """Give the instants of a declaration's window, in order; without a form there is only the opposition."""
    opposed = Repere("Carte en opposition", declaration.declared_at, "", "done")
    pli = pli_of(declaration)
    carte = declaration.carte
    if pli is None or pli.state == PliState.CANCELLED or not (carte.form_due_at and carte.online_again_at):
        return [opposed]
    due_at, again_at = carte.form_due_at, carte.online_again_at
    return [
        opposed,
        Repere(
            label="Commande en ligne ouverte jusqu’à",
            at=due_at,
            detail="",
            status="done" if due_at <= now else "current",
            event="fin de la commande en ligne, avant le formulaire papier",
        ),
        _departure(pli, due_at, again_at, now),
        Repere(
            label="Commande en ligne rouverte",
            at=again_at,
            detail="Même si le formulaire est parti.",
            status="done" if again_at <= now else "ahead",
            event="la commande en ligne rouvre",
        ),
    ]


def _departure(pli: PliPapier, due_at: datetime, again_at: datetime, now: datetime) -> Repere:
    """Tell of the form itself: to leave, held, gone while orders are shut, gone (F5, F6)."""
    interrupts = "La commande en ligne s’interrompt une journée."
    if pli.sent_at is None:
        status = "current" if due_at <= now else "ahead"
        event = "le formulaire papier part"
        return Repere("Le formulaire papier part", _ahead(due_at, now), interrupts, status, event)
    if due_at <= now < again_at:
        return Repere("Formulaire papier parti, commande interrompue", pli.sent_at, interrupts, "current")
    return Repere("Formulaire papier parti", pli.sent_at, "", "done")


def _ahead(at: datetime, now: datetime) -> datetime | None:
    """Give an instant while it is to come; a form held past its due time has none known (F6)."""
    return at if at > now else None


def pli_of(declaration: Declaration) -> PliPapier | None:
    """Give the form of a declaration, if one was planned."""
    return getattr(declaration, "pli", None)


def calendar(declaration: Declaration, now: datetime) -> bytes:
    """Write the instants still ahead as an iCalendar, in UTC: the reader's clock shows them in his hour."""
    agenda = Calendar()
    agenda.add("prodid", "-//Ma carte Vitale//declaration//FR")
    agenda.add("version", "2.0")
    for number, repere in enumerate(reperes(declaration, now)):
        if repere.at is None or repere.at <= now:
            continue
        event = Event()
        event.add("uid", f"{declaration.reference}-{number}@ma-carte-vitale")
        event.add("dtstamp", declaration.declared_at)
        event.add("dtstart", repere.at)
        event.add("summary", f"Carte Vitale : {repere.event}")
        event.add("description", f"{weekday_datetime(repere.at)}. {repere.detail}".strip())
        agenda.add_component(event)
    written: bytes = agenda.to_ical()
    return written
