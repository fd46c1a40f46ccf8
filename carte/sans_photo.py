"""No regular photo: an explanation takes its place, and a person decides (P7).

Reason and text are health data. They are the bytes of the piece's only page, so that they go where
pictures go: an encrypted file, erased with the others. No row, message, mail, log or event holds them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from django.core.files.base import ContentFile

from carte.enums import PieceForm, PieceKind, SansPhotoReason
from carte.models import Commande, Page, Piece
from carte.pieces import Reading, put_in_place

TEXT_MIN, TEXT_MAX = 20, 1000  # characters


@dataclass(frozen=True)
class Explanation:
    """Why there is no regular photo, in the author's words."""

    reason: SansPhotoReason
    text: str

    @property
    def reason_label(self) -> str:
        """The reason, as it reads on screen."""
        return str(self.reason.label)


def explain(*, commande: Commande, explanation: Explanation, now: datetime) -> Piece:
    """Put an explanation in the place of the photo of a draft, or of an earlier explanation.

    Asked of the same rules as a deposit: raises ``OrderRefused`` (E12 among them) and ``NotADraft``.
    Whatever fails, the draft keeps what it had.
    """
    reading = store_explanation(commande=commande, explanation=explanation, now=now)
    return put_in_place(commande=commande, reading=reading, now=now)


def store_explanation(*, commande: Commande, explanation: Explanation, now: datetime) -> Reading:
    """Store an explanation as the page of a photo piece; its rows are not saved yet.

    A random word goes with it: the fingerprint in the row would else let one check a guess at the text.
    """
    content = {"reason": explanation.reason.value, "text": explanation.text, "salt": token_hex(16)}
    data = json.dumps(content).encode()
    piece = Piece(commande=commande, kind=PieceKind.PHOTO, form=PieceForm.EXPLANATION, deposited_at=now)
    page = Page(sha256=hashlib.sha256(data).hexdigest())
    page.file.save("", ContentFile(data), save=False)
    return Reading(piece, [page])


def read_explanation(piece: Piece) -> Explanation:
    """Give the explanation of a piece that is one, for the agents of the order's caisse alone.

    Raises FileNotFoundError when its file is gone, and what the storage raises when it was altered.
    """
    with piece.pages.all()[0].file.open("rb") as stored:
        content = json.loads(stored.read())
    return Explanation(SansPhotoReason(content["reason"]), content["text"])
