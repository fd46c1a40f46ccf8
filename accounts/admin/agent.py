"""Agents at the desk: what each may do, a lost telephone (A10)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.agents import change_rights, may_manage
from accounts.gestion import CaisseScopedAdmin
from accounts.gestion.otp import reset_device
from accounts.groups import GROUPS
from accounts.models import Agent


class AgentForm(forms.ModelForm[Agent]):
    """An agent's names, and what he may do."""

    groupes = forms.MultipleChoiceField(
        label="groupes",
        choices=[(name, name) for name in GROUPS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    actif = forms.BooleanField(
        label="peut se connecter", required=False, help_text="Décochez plutôt que d’effacer un agent parti."
    )

    class Meta:
        model = Agent
        fields = ("nom", "prenom")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.instance.user
        self.initial["groupes"] = [group.name for group in user.groups.all()]
        self.initial["actif"] = user.is_active


@admin.register(Agent)
class AgentAdmin(CaisseScopedAdmin):
    """Staff: groups, whether they may sign in, lost telephones. One's own caisse, never oneself."""

    form = AgentForm
    list_display = ("nom", "prenom", "caisse", "identifiant", "groups")
    list_select_related = ("caisse", "user")
    readonly_fields = ("identifiant", "caisse")
    fields = ("identifiant", "nom", "prenom", "caisse", "groupes", "actif")
    change_form_template = "gestion/agent.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Give agents who have an account, with their groups."""
        rows = super().get_queryset(request).filter(user__isnull=False)
        return rows.prefetch_related("user__groups")

    @admin.display(description="numéro d’agent")
    def identifiant(self, row: Agent) -> str:
        """Give his staff number."""
        return row.user.identifiant

    @admin.display(description="groupes")
    def groups(self, row: Agent) -> str:
        """Give his groups."""
        return ", ".join(group.name for group in row.user.groups.all())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show words to who only looks, and the form to who may change."""
        looks = not self.has_change_permission(request, obj)
        return ("identifiant", "nom", "prenom", "caisse", "groups") if looks else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """See ``get_fields``."""
        looks = not self.has_change_permission(request, obj)
        return (*self.readonly_fields, "groups") if looks else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether this agent may change that one."""
        return super().has_change_permission(request, obj) and (
            obj is None or may_manage(request.user, obj)  # type: ignore[arg-type]
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the names, and what he may do."""
        super().save_model(request, obj, form, change)
        change_rights(
            agent=obj,
            groups=form.cleaned_data["groupes"],
            is_active=form.cleaned_data["actif"],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            request=request,
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the lost telephone to the pages of the admin."""
        view = self.admin_site.admin_view(require_POST(self.reset_view))
        return [path("<int:pk>/application/", view, name="accounts_agent_reset"), *super().get_urls()]

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take an agent's application of codes away: he sets another up (A10)."""
        agent = get_object_or_404(self.get_queryset(request), pk=pk)
        if not may_manage(request.user, agent):  # type: ignore[arg-type]
            raise PermissionDenied
        if reset_device(user=agent.user, now=timezone.now(), request=request):
            messages.success(
                request, "L’application est retirée. Il en installe une à sa prochaine connexion."
            )
        else:
            messages.info(
                request, "Il n’avait pas d’application : il en installe une à sa prochaine connexion."
            )
        return redirect("admin:accounts_agent_change", pk)
