"""Production: the daily lot, the simulated centre, the simulated post (D5, D6)."""

from carte.fabrication.centre import ship_due
from carte.fabrication.lots import next_lot_at, seal_due, seal_lot
from carte.fabrication.poste import deliver, deliver_due
from carte.fabrication.renvois import give_up_due, resend_due, returns_due

__all__ = [
    "deliver",
    "deliver_due",
    "give_up_due",
    "next_lot_at",
    "resend_due",
    "returns_due",
    "seal_due",
    "seal_lot",
    "ship_due",
]
