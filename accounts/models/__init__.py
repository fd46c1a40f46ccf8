"""Who: regimes, caisses, assurés, beneficiaries, addresses, agents; inbox, outbox and sweeps."""

from accounts.models.adresse import Adresse
from accounts.models.agent import Agent
from accounts.models.assure import Assure, Beneficiaire, Rattachement
from accounts.models.messagerie import Lettre, Message, OutboxMail
from accounts.models.otp import RecoveryCode, TotpDevice
from accounts.models.rate import Rate
from accounts.models.regime import Caisse, Regime
from accounts.models.session import Session
from accounts.models.sweep import SetAside, SweepRun
from accounts.models.trace import Trace, TracePurge, TraceSeal
from accounts.models.user import User

__all__ = [
    "Adresse",
    "Agent",
    "Assure",
    "Beneficiaire",
    "Caisse",
    "Lettre",
    "Message",
    "OutboxMail",
    "Rate",
    "Rattachement",
    "RecoveryCode",
    "Regime",
    "Session",
    "SetAside",
    "SweepRun",
    "TotpDevice",
    "Trace",
    "TracePurge",
    "TraceSeal",
    "User",
]
