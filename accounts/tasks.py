"""Sweeps of the ground floor. Each is safe to run twice, or late."""

from celery import shared_task

from accounts.adresses import tell_usable
from accounts.outbox import send_due
from accounts.ouverture import erase_over
from accounts.ouverture.code_provisoire import make_letters
from accounts.ouverture.demandes import judge
from accounts.sessions import clear_ended
from accounts.sign_in.sweep import NAME, tell_and_forget
from accounts.sweeps import run
from accounts.traces.chain import seal_due
from accounts.traces.purge import purge_old


@shared_task(name="accounts.sweep_addresses")
def sweep_addresses() -> None:
    """Tell those whose new address has become usable (B3)."""
    run("accounts.sweep_addresses", tell_usable)


@shared_task(name="accounts.sweep_outbox")
def sweep_outbox() -> None:
    """Send the mails that are due (section 10)."""
    run("accounts.sweep_outbox", send_due)


@shared_task(name="accounts.sweep_demandes")
def sweep_demandes() -> None:
    """Judge what was asked without being signed in (A4, A5)."""
    run("accounts.sweep_demandes", judge)


@shared_task(name="accounts.sweep_codes")
def sweep_codes() -> None:
    """Make the provisional codes asked by post, each with its letter (A4)."""
    run("accounts.sweep_codes", make_letters)


@shared_task(name="accounts.sweep_ouvertures")
def sweep_ouvertures() -> None:
    """Erase links, provisional codes and openings whose time is over (A4, A5)."""
    run("accounts.sweep_ouvertures", erase_over)


@shared_task(name="accounts.sweep_sign_ins")
def sweep_sign_ins() -> None:
    """Tell holders what failed sign-ins closed, forget what no longer counts (A3)."""
    run(NAME, tell_and_forget)


@shared_task(name="accounts.sweep_traces")
def sweep_traces() -> None:
    """Seal the lines of the trace that were written."""
    run("accounts.sweep_traces", seal_due)


@shared_task(name="accounts.sweep_old_traces")
def sweep_old_traces() -> None:
    """Remove the lines of the trace that are kept no longer."""
    run("accounts.sweep_old_traces", purge_old)


@shared_task(name="accounts.sweep_sessions")
def sweep_sessions() -> None:
    """Remove the sessions that ended and the forms nobody came back for (A6)."""
    run("accounts.sweep_sessions", clear_ended)
