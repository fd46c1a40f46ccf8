"""What a message is about, and whether the person it was written to can still open it.

A floor knows only those under it: each says, by ``contribute``, once models are ready, how what it has is
called in ``Message.about``, and how it is opened.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import Assure, Message
from vitale_portal.references import normalise


@dataclass(frozen=True)
class Opening:
    """Where a thing is opened, and what the button says."""

    url: str
    label: str


Opener = Callable[[Assure, str], Opening | None]
_OPENERS: dict[str, Opener] = {}


def contribute(word: str, opener: Opener) -> None:
    """Add what is called by a word in ``about``; the opener takes its reference, and may find nothing."""
    _OPENERS[word] = opener


def opening_of(message: Message) -> Opening | None:
    """Give where what a message is about is opened; None for what is not there any more, or never was."""
    word, _, rest = message.about.partition(" ")
    reference = normalise(rest.partition(" ")[0])
    opener = _OPENERS.get(word)
    return opener(message.assure, reference) if opener and reference else None
