"""The agents' side of declarations: entering one, paper forms, the day's mail (F6, F10)."""

from declarations.admin.declaration import AttestationAdmin, DeclarationAdmin
from declarations.admin.pli import PliPapierAdmin

__all__ = ["AttestationAdmin", "DeclarationAdmin", "PliPapierAdmin"]
