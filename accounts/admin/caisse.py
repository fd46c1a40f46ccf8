"""Régimes with their profiles, and caisses, at the desk (section 2)."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from accounts.enums import Act
from accounts.gestion import DeskAdmin, agent_of
from accounts.models import Caisse, Regime


@admin.register(Regime)
class RegimeAdmin(DeskAdmin):
    """Profiles. A changed one moves no due time already set (section 2). One changes that of one's caisse."""

    changed_act = Act.PROFILE_CHANGED
    list_display = ("code", "nom", "online_order", "delay_online_days")
    readonly_fields = ("code",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether it is the régime of the agent's caisse."""
        own = obj is None or obj.pk == agent_of(request).caisse.regime_id
        return own and super().has_change_permission(request, obj)


@admin.register(Caisse)
class CaisseAdmin(DeskAdmin):
    """Caisses and how to reach them. One changes one's own, never the régime it belongs to."""

    changed_act = Act.PROFILE_CHANGED
    list_display = ("nom", "regime", "telephone")
    list_select_related = ("regime",)
    readonly_fields = ("code", "regime")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether it is the agent's caisse."""
        own = obj is None or obj.pk == agent_of(request).caisse_id
        return own and super().has_change_permission(request, obj)
