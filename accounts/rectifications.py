"""« Demander une correction »: asked by an assuré of his caisse (A7)."""

from datetime import datetime

from accounts.enums import RectificationKind
from accounts.models import Assure, Rectification
from accounts.saisines import send


def ask_rectification(
    *, assure: Assure, kind: RectificationKind, wrong: str, right: str, now: datetime
) -> Rectification:
    """Record what an assuré asks his caisse to correct, one demande a kind. Raises ``AlreadyWaiting``."""
    words = {"wrong": wrong, "right": right}
    return send(Rectification, assure=assure, matter={"kind": kind}, words=words, now=now)
