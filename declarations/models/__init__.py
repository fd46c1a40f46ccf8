"""Declarations, their attestations, the paper forms."""

from declarations.models.attestation import Attestation
from declarations.models.declaration import Declaration
from declarations.models.pli import PliEvent, PliPapier

__all__ = ["Attestation", "Declaration", "PliEvent", "PliPapier"]
