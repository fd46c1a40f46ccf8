"""What the simulated post will say of a letter, and when (D5)."""

from datetime import datetime
from enum import Enum

from django.conf import settings

from carte.fabrication.prise import draw
from carte.models import Commande
from vitale_portal.clock import accelerated


class Word(Enum):
    """What the post says of a letter."""

    DELIVERED = "delivered"
    RETURNED = "returned"
    NONE = "none"  # delivery is presumed, and the letter may come back all the same


def word_on(row: Commande, version: int) -> Word:
    """Give the word of the post on an order, shipped at that version of it.

    Of the letters that come back, half do after a silence: delivery has been presumed meanwhile.
    """
    if not settings.VITALE_SIMULATION:
        return Word.NONE
    drawn, rate = draw("post", row, version), settings.VITALE_POST_RETURN_RATE
    if drawn >= rate:
        return Word.DELIVERED
    return Word.RETURNED if drawn < rate / 2 else Word.NONE


def arrival_at(row: Commande, now: datetime) -> datetime:
    """Give the instant of the post's word on an order about to be shipped, or of presumed delivery (D5)."""
    silent = word_on(row, row.version + 1) is Word.NONE
    return now + accelerated(settings.VITALE_PRESUMED_DELAY if silent else settings.VITALE_POST_DELAY)
