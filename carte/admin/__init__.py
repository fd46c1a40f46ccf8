"""The agent's desk: orders, cards, lots."""

from carte.admin.carte import CarteAdmin
from carte.admin.commande import CommandeAdmin
from carte.admin.effacement import EffacementAdmin
from carte.admin.lot import LotFabricationAdmin
from carte.admin.signalement import SignalementAdmin

__all__ = ["CarteAdmin", "CommandeAdmin", "EffacementAdmin", "LotFabricationAdmin", "SignalementAdmin"]
