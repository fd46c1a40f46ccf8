"""Who: regimes, caisses, assurés, beneficiaries, addresses, agents; inbox, outbox and sweeps."""

from accounts.models.adresse import Adresse
from accounts.models.agent import Agent
from accounts.models.assure import Assure, Beneficiaire, Rattachement
from accounts.models.device import Device, MailedCode
from accounts.models.lock import Lock
from accounts.models.messagerie import Lettre, Message, OutboxMail
from accounts.models.otp import RecoveryCode, TotpDevice
from accounts.models.ouverture import CodeProvisoire, Demande, MailLink, Ouverture
from accounts.models.rate import Rate
from accounts.models.rectification import Rectification
from accounts.models.regime import Caisse, Regime
from accounts.models.reprise import Reprise
from accounts.models.saisine import Saisine
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
    "Device",
    "Lettre",
    "Lock",
    "MailLink",
    "MailedCode",
    "Message",
    "OutboxMail",
    "Ouverture",
    "Rate",
    "Rattachement",
    "RecoveryCode",
    "Rectification",
    "Regime",
    "Reprise",
    "Saisine",
    "Session",
    "SetAside",
    "SweepRun",
    "TotpDevice",
    "Trace",
    "TracePurge",
    "TraceSeal",
    "User",
]
