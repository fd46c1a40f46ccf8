"""Cards with their copies and errors, orders with their pieces, lots, what was erased."""

from carte.models.carte import Carte, CarteEvent
from carte.models.commande import Commande, CommandeEvent
from carte.models.copie import CopieCarte
from carte.models.effacement import Effacement
from carte.models.lot import LotFabrication
from carte.models.piece import Page, Piece
from carte.models.recapitulatif import Recapitulatif
from carte.models.signalement import Signalement

__all__ = [
    "Carte",
    "CarteEvent",
    "Commande",
    "CommandeEvent",
    "CopieCarte",
    "Effacement",
    "LotFabrication",
    "Page",
    "Piece",
    "Recapitulatif",
    "Signalement",
]
