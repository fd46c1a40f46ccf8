"""Sweeps of the floor ``carte``. Each is safe to run twice, or late."""

from celery import shared_task

from accounts.sweeps import run
from carte import copies, recapitulatif
from carte.brouillons import age_drafts
from carte.controle import expire_claims
from carte.effacements import erase_due
from carte.fabrication import deliver_due, returns_due, seal_due, ship_due
from carte.mises_a_jour import remind_due
from carte.orphelins import sweep_files as sweep_stored_files
from carte.relances import remind_and_close


@shared_task(name="carte.sweep_claims")
def sweep_claims() -> None:
    """Put back in the queue what an agent let lie (D4)."""
    run("carte.sweep_claims", expire_claims)


@shared_task(name="carte.sweep_lot")
def sweep_lot() -> None:
    """Make the day's lot (D5)."""
    run("carte.sweep_lot", seal_due)


@shared_task(name="carte.sweep_centre")
def sweep_centre() -> None:
    """Let the simulated centre answer (D5)."""
    run("carte.sweep_centre", ship_due)


@shared_task(name="carte.sweep_post")
def sweep_post() -> None:
    """Let the simulated post deliver, or bring back; without its word, presume (D5)."""
    run("carte.sweep_post", deliver_due)


@shared_task(name="carte.sweep_returns")
def sweep_returns() -> None:
    """See to the cards that came back: sent again, or given up (D8)."""
    run("carte.sweep_returns", returns_due)


@shared_task(name="carte.sweep_recapitulatifs")
def sweep_recapitulatifs() -> None:
    """Make the recaps of orders just sent (section 7, step 5)."""
    run("carte.sweep_recapitulatifs", recapitulatif.make_due)


@shared_task(name="carte.sweep_copies")
def sweep_copies() -> None:
    """Make the paper copies of the cards just made (section 6)."""
    run("carte.sweep_copies", copies.make_due)


@shared_task(name="carte.sweep_reminders")
def sweep_reminders() -> None:
    """Remind of the cards to update, a year after the last time (section 6)."""
    run("carte.sweep_reminders", remind_due)


@shared_task(name="carte.sweep_drafts")
def sweep_drafts() -> None:
    """Remind of the drafts that wait, purge those left for too long (C3)."""
    run("carte.sweep_drafts", age_drafts)


@shared_task(name="carte.sweep_erasures")
def sweep_erasures() -> None:
    """Erase the pieces whose time is over (P6)."""
    run("carte.sweep_erasures", erase_due)


@shared_task(name="carte.sweep_files")
def sweep_files() -> None:
    """Remove the files without a row, tell of the rows without a file (P5)."""
    run("carte.sweep_files", sweep_stored_files)


@shared_task(name="carte.sweep_corrections")
def sweep_corrections() -> None:
    """Remind of the pieces to replace, end the orders nobody corrected (D2)."""
    run("carte.sweep_corrections", remind_and_close)
