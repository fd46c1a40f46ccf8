"""Sweeps of the floor ``declarations``. Each is safe to run twice, or late."""

from celery import shared_task

from accounts.sweeps import run
from declarations.attestation import make_due
from declarations.courrier import print_lettres
from declarations.plis import plan_unasked, send_due


@shared_task(name="declarations.sweep_attestations")
def sweep_attestations() -> None:
    """Make the attestations that wait (F4)."""
    run("declarations.sweep_attestations", make_due)


@shared_task(name="declarations.sweep_plis")
def sweep_plis() -> None:
    """Send the forms that are due (F5)."""
    run("declarations.sweep_plis", send_due)


@shared_task(name="declarations.sweep_lettres")
def sweep_lettres() -> None:
    """Print the letters of those without an account (F10)."""
    run("declarations.sweep_lettres", print_lettres)


@shared_task(name="declarations.sweep_unasked")
def sweep_unasked() -> None:
    """Plan the forms nobody asked for (F7)."""
    run("declarations.sweep_unasked", plan_unasked)
