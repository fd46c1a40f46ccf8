"""Sweeps of the ground floor. Each is safe to run twice, or late."""

from celery import shared_task

from accounts.adresses import tell_usable
from accounts.outbox import send_due
from accounts.sweeps import run
from accounts.trace_chain import seal_due
from accounts.trace_purge import purge_old


@shared_task(name="accounts.sweep_addresses")
def sweep_addresses() -> None:
    """Tell those whose new address has become usable (B3)."""
    run("accounts.sweep_addresses", tell_usable)


@shared_task(name="accounts.sweep_outbox")
def sweep_outbox() -> None:
    """Send the mails that are due (section 10)."""
    run("accounts.sweep_outbox", send_due)


@shared_task(name="accounts.sweep_traces")
def sweep_traces() -> None:
    """Seal the lines of the trace that were written."""
    run("accounts.sweep_traces", seal_due)


@shared_task(name="accounts.sweep_old_traces")
def sweep_old_traces() -> None:
    """Remove the lines of the trace that are kept no longer."""
    run("accounts.sweep_old_traces", purge_old)
