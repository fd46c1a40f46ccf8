"""Sweeps of the floor ``carte``. Each is safe to run twice, or late."""

from celery import shared_task
from django.utils import timezone

from carte.controle import expire_claims
from carte.fabrication import deliver_due, seal_lot, ship_due


@shared_task(name="carte.sweep_claims")
def sweep_claims() -> None:
    """Put back in the queue what an agent let lie (D4)."""
    expire_claims(timezone.now())


@shared_task(name="carte.sweep_lot")
def sweep_lot() -> None:
    """Make the day's lot (D5)."""
    seal_lot(timezone.now())


@shared_task(name="carte.sweep_centre")
def sweep_centre() -> None:
    """Let the simulated centre answer (D5)."""
    ship_due(timezone.now())


@shared_task(name="carte.sweep_post")
def sweep_post() -> None:
    """Let the simulated post deliver (D5)."""
    deliver_due(timezone.now())
