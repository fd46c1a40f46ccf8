"""The four groups of agents and what each may do (pages: the agent's desk). Data, synced by a command."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

GROUPS: dict[str, tuple[str, ...]] = {
    "contrôle": (
        "carte.review_commande",
        "carte.view_commande",
        "accounts.view_assure",
        "accounts.view_beneficiaire",
    ),
    "droits": (
        "accounts.view_assure",
        "accounts.change_assure",
        "accounts.view_rattachement",
        "accounts.add_rattachement",
        "accounts.change_rattachement",
        "accounts.delete_rattachement",
        "accounts.view_beneficiaire",
        "accounts.change_beneficiaire",
        "accounts.view_adresse",
        "accounts.change_adresse",
        "carte.view_carte",
        "carte.change_carte",
        "carte.view_signalement",
        "carte.change_signalement",
        "carte.view_commande",
        "carte.record_post",
        "declarations.view_declaration",
        "declarations.add_declaration",
        "declarations.view_attestation",
        "declarations.view_plipapier",
        "declarations.change_plipapier",
        "declarations.print_plipapier",
    ),
    "supervision": (
        "accounts.span_caisses",
        "accounts.view_regime",
        "accounts.change_regime",
        "accounts.view_caisse",
        "accounts.change_caisse",
        "accounts.view_agent",
        "accounts.change_agent",
        "accounts.view_outboxmail",
        "accounts.view_setaside",
        "accounts.retry_setaside",
        "accounts.view_sweeprun",
        "accounts.view_trace",
        "accounts.view_tracepurge",
        "carte.view_commande",
        "carte.view_effacement",
        "carte.view_lotfabrication",
        "carte.download_lotfabrication",
        "carte.answer_lotfabrication",
        "declarations.view_declaration",
        "declarations.view_plipapier",
        "suivi.view_satisfaction",
    ),
    "audit": (
        "accounts.span_caisses",
        "accounts.view_assure",
        "accounts.view_rattachement",
        "accounts.view_beneficiaire",
        "accounts.view_adresse",
        "accounts.view_agent",
        "accounts.view_outboxmail",
        "accounts.view_setaside",
        "accounts.view_sweeprun",
        "accounts.view_trace",
        "accounts.view_tracepurge",
        "accounts.view_regime",
        "accounts.view_caisse",
        "carte.view_carte",
        "carte.view_commande",
        "carte.view_effacement",
        "carte.view_lotfabrication",
        "carte.view_signalement",
        "declarations.view_declaration",
        "declarations.view_attestation",
        "declarations.view_plipapier",
        "suivi.view_satisfaction",
    ),
}


def sync_groups() -> None:
    """Make the groups and give each just the permissions of the table; safe to run again."""
    with transaction.atomic():
        for name, names in GROUPS.items():
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.set(_permissions(names))


def _permissions(names: tuple[str, ...]) -> list[Permission]:
    wanted = Q()
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted))
    if len(found) != len(names):
        msg = f"permissions unknown among {names}"
        raise LookupError(msg)
    return found
