"""Sweeps of the floor ``declarations``. Each is safe to run twice, or late."""

from celery import shared_task
from django.utils import timezone

from declarations.attestation import make_due
from declarations.courrier import print_lettres
from declarations.plis import plan_unasked, send_due


@shared_task(name="declarations.sweep_attestations")
def sweep_attestations() -> None:
    """Make the attestations that wait (F4)."""
    make_due()


@shared_task(name="declarations.sweep_plis")
def sweep_plis() -> None:
    """Send the forms that are due (F5)."""
    send_due(timezone.now())


@shared_task(name="declarations.sweep_lettres")
def sweep_lettres() -> None:
    """Print the letters of those without an account (F10)."""
    print_lettres(timezone.now())


@shared_task(name="declarations.sweep_unasked")
def sweep_unasked() -> None:
    """Plan the forms nobody asked for (F7)."""
    plan_unasked(timezone.now())
