"""What is wrong on a card: said by a holder to his caisse (section 6)."""

from datetime import datetime

from accounts.models import Assure
from accounts.saisines import send
from carte.enums import SignalementKind
from carte.models import Carte, Signalement


def report_error(
    *, carte: Carte, assure: Assure, kind: SignalementKind, text: str, now: datetime
) -> Signalement:
    """Record what a holder says is wrong on a card, once a kind of error. Raises ``AlreadyWaiting``."""
    matter, words = {"carte": carte, "kind": kind}, {"text": text}
    return send(Signalement, assure=assure, matter=matter, words=words, now=now)
