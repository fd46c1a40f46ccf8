"""Cards, orders with their pieces, lots."""

from carte.models.carte import Carte, CarteEvent
from carte.models.commande import Commande, CommandeEvent
from carte.models.lot import LotFabrication
from carte.models.piece import Piece

__all__ = ["Carte", "CarteEvent", "Commande", "CommandeEvent", "LotFabrication", "Piece"]
