"""What people were promised on screen, written down as they saw it, and looked up when all is quiet."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

# What people may be told on screen, each looked up in the end.
KINDS = ("sent", "accepted", "delivered", "declared")


class Promises:
    """A list several people write to: what was shown, of which reference; and each answer's status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.kept: list[tuple[str, str]] = []
        self.errors: list[tuple[float, str, int]] = []

    def keep(self, what: str, reference: str) -> None:
        with self._lock:
            self.kept.append((what, reference))

    def seen(self, path: str, status: int) -> None:
        """Note an answer that says the server failed."""
        if status >= 500:
            with self._lock:
                self.errors.append((time.monotonic(), path, status))

    def counts(self) -> dict[str, int]:
        return dict(Counter(what for what, _reference in self.kept))

    def broken(self) -> list[str]:
        """Look every promise up; give those that were not kept."""
        checks = _checks()
        return [f"{what} {reference}" for what, reference in self.kept if not checks[what](reference)]


def _checks() -> dict[str, Callable[[str], Any]]:
    from accounts.enums import Notice  # noqa: PLC0415 -- the settings are known only now
    from accounts.models import Message  # noqa: PLC0415
    from carte.enums import CarteState, CommandeState  # noqa: PLC0415
    from carte.models import CommandeEvent  # noqa: PLC0415
    from declarations.models import Declaration  # noqa: PLC0415

    def went_through(state: str, notice: str) -> Callable[[str], bool]:
        """An order had that event, once told to its author."""

        def check(reference: str) -> bool:
            events = CommandeEvent.objects.filter(subject__reference=reference, to_state=state)
            told = Message.objects.filter(notice=notice, about__startswith=f"commande {reference} ")
            return events.exists() and told.exists()

        return check

    def is_declared(reference: str) -> bool:
        declared = Declaration.objects.filter(reference=reference, carte__state=CarteState.OPPOSED)
        told = Message.objects.filter(notice=Notice.DECLARATION_RECORDED, about=f"declaration {reference}")
        return declared.exists() and told.exists()

    return {
        "sent": went_through(CommandeState.SUBMITTED, Notice.COMMANDE_SUBMITTED),
        "accepted": went_through(CommandeState.ACCEPTED, Notice.COMMANDE_ACCEPTED),
        "delivered": went_through(CommandeState.DELIVERED, Notice.COMMANDE_DELIVERED),
        "declared": is_declared,
    }
