"""Cards, orders with their pieces, lots, what was erased."""

from carte.models.carte import Carte, CarteEvent
from carte.models.commande import Commande, CommandeEvent
from carte.models.effacement import Effacement
from carte.models.lot import LotFabrication
from carte.models.piece import Page, Piece
from carte.models.recapitulatif import Recapitulatif

__all__ = [
    "Carte",
    "CarteEvent",
    "Commande",
    "CommandeEvent",
    "Effacement",
    "LotFabrication",
    "Page",
    "Piece",
    "Recapitulatif",
]
