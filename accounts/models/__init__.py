"""Who: regimes, caisses, assurés, beneficiaries, addresses, agents; inbox, outbox and sweeps."""

from accounts.models.adresse import Adresse
from accounts.models.agent import Agent
from accounts.models.assure import Assure, Beneficiaire, Rattachement
from accounts.models.messagerie import Lettre, Message, OutboxMail
from accounts.models.ouverture import CodeProvisoire, Demande, MailLink, Ouverture
from accounts.models.rate import Rate
from accounts.models.rectification import Rectification
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
    "CodeProvisoire",
    "Demande",
    "Lettre",
    "MailLink",
    "Message",
    "OutboxMail",
    "Ouverture",
    "Rate",
    "Rattachement",
    "Rectification",
    "Regime",
    "Session",
    "SetAside",
    "SweepRun",
    "Trace",
    "TracePurge",
    "TraceSeal",
    "User",
]
