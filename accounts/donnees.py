"""What the ground floor holds of an assuré, for « télécharger mes données » (A7)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.mes_donnees import FileOf, Part
from accounts.models import Assure, Device, Lettre, Message, Session, Trace, User
from accounts.traces.looks import lines_for
from vitale_portal.references import display


def data(assure: Assure) -> Mapping[str, Any]:
    """Give the headings of the ground floor."""
    return {
        "etat_civil": _etat_civil(assure),
        "compte": _compte(assure),
        "caisse": {"nom": assure.caisse.nom, "regime": assure.caisse.regime.nom},
        "droits": {
            "depuis": assure.rights_from,
            "jusqu_au": assure.rights_until,
            "exoneration": assure.exemption,
            "medecin_traitant": assure.medecin_traitant,
        },
        "beneficiaires": _beneficiaires(assure),
        "adresses": _adresses(assure),
        "messages": [
            _told(row) | {"reference": display(row.reference), "lu_le": row.read_at}
            for row in assure.messages.order_by("pk")
        ],
        "lettres": [
            _told(row) | {"imprimee_le": row.printed_at} for row in assure.lettres.defer("pdf").order_by("pk")
        ],
        "demandes_de_correction": _rectifications(assure),
        "sessions": _sessions(assure),
        "appareils": _appareils(assure),
        "journal": list(_journal(assure)),
    }


def _etat_civil(assure: Assure) -> dict[str, Any]:
    who = assure.beneficiaire
    return {
        "nir": who.nir_value.formatted,
        "nom": who.nom,
        "prenoms": who.prenoms,
        "date_naissance": who.date_naissance,
        "droit_de_commander_retire_depuis": who.forbidden_since,
        "changement_de_regime_depuis": who.mutation_since,
        "droits_termines_depuis": who.rights_ended_since,
    }


def _compte(assure: Assure) -> dict[str, Any]:
    user = User.objects.get(assure=assure)
    return {
        "adresse_electronique": assure.email,
        "iban": assure.iban or "",
        "derniere_connexion": user.last_login,
        "conditions_acceptees": user.terms_version,
        "conditions_acceptees_le": user.terms_accepted_at,
    }


def _beneficiaires(assure: Assure) -> list[dict[str, Any]]:
    """Give the people attached to him, as he sees them on screen: no NIR but his own (B1)."""
    rows = assure.rattachements.select_related("beneficiaire").order_by("beneficiaire__date_naissance", "pk")
    return [
        {
            "prenoms": row.beneficiaire.prenoms,
            "nom": row.beneficiaire.nom,
            "date_naissance": row.beneficiaire.date_naissance,
            "lien": row.get_lien_display(),
        }
        for row in rows
    ]


def _adresses(assure: Assure) -> list[dict[str, Any]]:
    return [
        {
            "lignes": adresse.lines,
            "duree": adresse.get_kind_display(),
            "donnee_le": adresse.given_at,
            "utilisable_le": adresse.usable_at,
            "jusqu_au": adresse.ends_at,
            "retiree_le": adresse.withdrawn_at,
            "courrier_revenu_depuis": adresse.npai_since,
        }
        for adresse in assure.adresses.all()
    ]


def _told(row: Message | Lettre) -> dict[str, Any]:
    return {"sujet": row.subject, "texte": row.body, "ecrit_le": row.written_at}


def _rectifications(assure: Assure) -> list[dict[str, Any]]:
    return [
        {
            "reference": display(row.reference),
            "objet": row.get_kind_display(),
            "ce_qui_est_faux": row.wrong,
            "ce_qu_il_faudrait_lire": row.right,
            "envoyee_le": row.sent_at,
            "suite": row.get_outcome_display(),
            "traitee_le": row.handled_at,
        }
        for row in assure.rectifications.order_by("pk")
    ]


def _sessions(assure: Assure) -> list[dict[str, Any]]:
    """Give his open sessions; never their keys, which open them."""
    rows = Session.objects.filter(user__assure=assure, expire_date__gt=timezone.now())
    return [
        {"ouverte_le": row.started_at, "depuis": row.network_address, "navigateur": row.browser}
        for row in rows.order_by("started_at")
    ]


def _appareils(assure: Assure) -> list[dict[str, Any]]:
    """Give the devices he signed in with; never what their cookies are known by."""
    return [
        {
            "nom": row.label,
            "premiere_connexion_le": row.first_used_at,
            "derniere_connexion_le": row.last_used_at,
            "de_confiance_jusqu_au": row.trusted_until,
        }
        for row in Device.objects.filter(user__assure=assure).order_by("first_used_at")
    ]


def _journal(assure: Assure) -> Iterator[dict[str, Any]]:
    """Give what was done with his file, and what he did: by whom, in a word; from where, when it was he."""
    user_id = User.objects.values_list("pk", flat=True).get(assure=assure)
    seen = Q(pk__in=lines_for(assure).values("pk"))
    rows = Trace.objects.filter(Q(beneficiaire=assure.beneficiaire) | Q(by=user_id) | seen)
    for row in rows.select_related("by", "caisse").order_by("pk"):
        himself = row.by_id == user_id
        yield {
            "numero": row.reference,
            "acte": row.get_act_display(),
            "le": row.at,
            "par": "vous" if himself else _author(row),
            "depuis": row.network_address if himself else None,
            "caisse": row.caisse.nom if row.caisse else None,
            "objet": row.about,
        }


def _author(row: Trace) -> str:
    if row.by is None:
        return "le portail, ou une personne non connectée"
    return "un agent" if row.by.agent_id else "un autre assuré auquel vous êtes rattaché"


def files(assure: Assure) -> Iterator[FileOf]:
    """Give the letters that were printed."""
    printed = assure.lettres.filter(pdf__isnull=False).order_by("pk")
    for number, pk in enumerate(printed.values_list("pk", flat=True), 1):
        yield f"lettres/lettre-{number:02d}.pdf", lambda pk=pk: _letter(pk)  # type: ignore[misc]


def _letter(pk: int) -> bytes:
    return bytes(Lettre.objects.values_list("pdf", flat=True).get(pk=pk) or b"")


PART = Part(data, files)
