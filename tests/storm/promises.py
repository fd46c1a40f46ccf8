"""What people were promised on screen, written down as they saw it, and looked up when all is quiet."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

# What people may be told on screen, each looked up in the end.
KINDS = (
    "sent", "asked again", "corrected", "accepted", "delivered",
    "cancelled", "received", "never came", "declared",
)  # fmt: skip


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
    from carte.enums import CarteState, CommandeState, PieceKind  # noqa: PLC0415
    from carte.models import Carte, Commande, CommandeEvent, Effacement, Piece  # noqa: PLC0415
    from declarations.models import Declaration  # noqa: PLC0415

    def went_through(state: str, notice: str) -> Callable[[str], bool]:
        """An order had that event, once told to its author."""

        def check(reference: str) -> bool:
            events = CommandeEvent.objects.filter(subject__reference=reference, to_state=state)
            told = Message.objects.filter(notice=notice, about__startswith=f"commande {reference} ")
            return events.exists() and told.exists()

        return check

    def is_corrected(reference: str) -> bool:
        """It went back to the queue; the refused photo is kept beside the new one, until both are erased."""
        again = CommandeEvent.objects.filter(
            subject__reference=reference,
            from_state=CommandeState.TO_CORRECT,
            to_state=CommandeState.SUBMITTED,
        )
        photos = Piece.objects.filter(commande__reference=reference, kind=PieceKind.PHOTO)
        kept = photos.filter(refused_at__isnull=False).exists() and photos.count() > 1
        return again.exists() and (kept or Effacement.objects.filter(reference=reference).exists())

    def is_over(state: str, notice: str) -> Callable[[str], bool]:
        """An order was cancelled for good, and no card of it can be used."""

        def check(reference: str) -> bool:
            over = Commande.objects.filter(reference=reference, state=CommandeState.CANCELLED)
            alive = Carte.objects.filter(commande__reference=reference).exclude(state=CarteState.OPPOSED)
            return went_through(state, notice)(reference) and over.exists() and not alive.exists()

        return check

    def is_declared(reference: str) -> bool:
        declared = Declaration.objects.filter(reference=reference, carte__state=CarteState.OPPOSED)
        told = Message.objects.filter(notice=Notice.DECLARATION_RECORDED, about=f"declaration {reference}")
        return declared.exists() and told.exists()

    return {
        "sent": went_through(CommandeState.SUBMITTED, Notice.COMMANDE_SUBMITTED),
        "accepted": went_through(CommandeState.ACCEPTED, Notice.COMMANDE_ACCEPTED),
        "asked again": went_through(CommandeState.TO_CORRECT, Notice.COMMANDE_TO_CORRECT),
        "corrected": is_corrected,
        "delivered": went_through(CommandeState.DELIVERED, Notice.COMMANDE_DELIVERED),
        "received": went_through(CommandeState.DELIVERED, Notice.COMMANDE_DELIVERED),
        "cancelled": is_over(CommandeState.CANCELLED, Notice.COMMANDE_CANCELLED),
        "never came": is_over(CommandeState.CANCELLED, Notice.CARTE_NEVER_CAME),
        "declared": is_declared,
    }
