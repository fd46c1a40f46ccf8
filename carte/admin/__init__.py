"""The agent's desk: orders, cards, lots."""

from carte.admin.carte import CarteAdmin
from carte.admin.commande import CommandeAdmin
from carte.admin.effacement import EffacementAdmin
from carte.admin.lot import LotFabricationAdmin

__all__ = ["CarteAdmin", "CommandeAdmin", "EffacementAdmin", "LotFabricationAdmin"]
