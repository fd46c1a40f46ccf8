"""The window after a declaration, as one reads it: a timeline, and the same as a calendar (F5)."""

from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

from declarations.enums import PliState
from declarations.models import Declaration, PliPapier
from vitale_portal.dates import weekday_datetime


@dataclass(frozen=True)
class Repere:
    """One instant of the window: its label, when, a word, and whether it is behind."""

    label: str
    at: datetime | None
    detail: str
    status: str


def reperes(declaration: Declaration, now: datetime) -> list[Repere]:
    """Give the instants of a declaration's window, in order; without a form there is only the opposition."""
    opposed = Repere("Carte en opposition", declaration.declared_at, "", "done")
    pli = pli_of(declaration)
    carte = declaration.carte
    if pli is None or pli.state == PliState.CANCELLED or not (carte.form_due_at and carte.online_again_at):
        return [opposed]
    instants = (
        ("Commande en ligne ouverte jusqu’à", carte.form_due_at, "", carte.form_due_at <= now),
        (
            "Le formulaire papier part",
            pli.sent_at or _ahead(carte.form_due_at, now),
            "La commande en ligne s’interrompt une journée.",
            pli.sent_at is not None,
        ),
        (
            "Commande en ligne rouverte",
            carte.online_again_at,
            "Même si le formulaire est parti.",
            carte.online_again_at <= now,
        ),
    )
    current = next((label for label, *_, done in instants if not done), "")
    return [
        opposed,
        *(
            Repere(label, at, detail, "done" if done else "current" if label == current else "ahead")
            for label, at, detail, done in instants
        ),
    ]


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
        event.add("summary", f"Carte Vitale : {repere.label[0].lower()}{repere.label[1:]}")
        event.add("description", f"{weekday_datetime(repere.at)}. {repere.detail}".strip())
        agenda.add_component(event)
    written: bytes = agenda.to_ical()
    return written
