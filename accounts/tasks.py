"""Sweeps of the ground floor. Each is safe to run twice, or late."""

from celery import shared_task

from accounts.adresses import tell_usable
from accounts.outbox import send_due
from accounts.sessions import clear_ended
from accounts.sweeps import run


@shared_task(name="accounts.sweep_addresses")
def sweep_addresses() -> None:
    """Tell those whose new address has become usable (B3)."""
    run("accounts.sweep_addresses", tell_usable)


@shared_task(name="accounts.sweep_outbox")
def sweep_outbox() -> None:
    """Send the mails that are due (section 10)."""
    run("accounts.sweep_outbox", send_due)


@shared_task(name="accounts.sweep_sessions")
def sweep_sessions() -> None:
    """Remove the sessions that ended and the forms nobody came back for (A6)."""
    run("accounts.sweep_sessions", clear_ended)
