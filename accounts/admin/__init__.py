"""The ground floor at the agent's desk: people, caisses, agents, the trace, the sweeps."""

from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin.agent import AgentAdmin
from accounts.admin.assure import AdresseAdmin, AssureAdmin, BeneficiaireAdmin
from accounts.admin.caisse import CaisseAdmin, RegimeAdmin
from accounts.admin.rectification import RectificationAdmin
from accounts.admin.sweep import OutboxMailAdmin, SetAsideAdmin, SweepRunAdmin
from accounts.admin.trace import TraceAdmin, TracePurgeAdmin

__all__ = [
    "AdresseAdmin",
    "AgentAdmin",
    "AssureAdmin",
    "BeneficiaireAdmin",
    "CaisseAdmin",
    "OutboxMailAdmin",
    "RectificationAdmin",
    "RegimeAdmin",
    "SetAsideAdmin",
    "SweepRunAdmin",
    "TraceAdmin",
    "TracePurgeAdmin",
]

# Groups are the table of ``accounts/groups.py``, synced by a command: nobody edits them at the desk.
admin.site.unregister(Group)
