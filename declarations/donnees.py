"""What the floor ``declarations`` holds of an assuré, for « télécharger mes données » (A7)."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from accounts.mes_donnees import FileOf, Part
from accounts.models import Assure
from declarations.models import Attestation, Declaration, PliPapier
from vitale_portal.references import display


def data(assure: Assure) -> Mapping[str, Any]:
    """Give the headings of this floor. What was declared by another is what its page shows of it (F1)."""
    return {
        "declarations": [
            _declaration(row) | (_own(row) if row.author_id == assure.pk else {})
            for row in Declaration.objects.for_holder(assure).order_by("pk")
        ],
        "attestations": [_attestation(row) for row in assure.attestations.defer("pdf").order_by("pk")],
        "formulaires_papier": [
            _pli(row) for row in assure.plis.defer("pdf").select_related("beneficiaire").order_by("pk")
        ],
    }


def _declaration(row: Declaration) -> dict[str, Any]:
    return {
        "reference": display(row.reference),
        "beneficiaire": str(row.carte.beneficiaire),
        "carte": row.carte.serial,
        "nature": row.get_kind_display(),
        "declaree_le": row.declared_at,
    }


def _own(row: Declaration) -> dict[str, Any]:
    return {
        "date_des_faits": row.facts_on,
        "circonstances": row.circumstances,
        "reference_de_la_plainte": row.police_reference,
        "canal": row.get_channel_display(),
    }


def _attestation(row: Attestation) -> dict[str, Any]:
    return {
        "reference": display(row.reference),
        "nature": row.get_kind_display(),
        "code_de_verification": row.code,
        "demandee_le": row.requested_at,
    }


def _pli(row: PliPapier) -> dict[str, Any]:
    return {
        "reference": display(row.reference),
        "beneficiaire": str(row.beneficiaire),
        "etat": row.get_state_display(),
        "cause": row.get_cause_display(),
        "prevu_le": row.planned_at,
        "part_le": row.due_at,
        "parti_le": row.sent_at,
        "adresse_d_envoi": row.adresse_lines,
    }


def files(assure: Assure) -> Iterator[FileOf]:
    """Give his attestations and the forms sent to him, once they are made."""
    for folder, rows in (("attestations", assure.attestations), ("formulaires-papier", assure.plis)):
        made = rows.filter(pdf__isnull=False).order_by("pk").values_list("pk", "reference")
        for pk, reference in made:
            yield f"{folder}/{reference}.pdf", partial(_pdf, rows.model, pk)


def _pdf(model: type[Attestation] | type[PliPapier], pk: int) -> bytes:
    rows: Any = model.objects
    return bytes(rows.values_list("pdf", flat=True).get(pk=pk) or b"")


PART = Part(data, files)
