"""Who: regimes, caisses, assurés, beneficiaries, addresses, agents; inbox, outbox and sweeps."""

from accounts.models.adresse import Adresse
from accounts.models.agent import Agent
from accounts.models.assure import Assure, Beneficiaire, Rattachement
from accounts.models.device import Device, MailedCode
from accounts.models.lock import Lock
from accounts.models.messagerie import Lettre, Message, OutboxMail
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
    "Device",
    "Lettre",
    "Lock",
    "MailedCode",
    "Message",
    "OutboxMail",
    "Rate",
    "Rattachement",
    "Regime",
    "Session",
    "SetAside",
    "SweepRun",
    "Trace",
    "TracePurge",
    "TraceSeal",
    "User",
]
