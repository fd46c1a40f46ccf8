"""How a declaration that a message is about is opened, by who was told of it."""

from accounts.models import Assure
from accounts.objets import Opening
from declarations.models import Declaration


def open_declaration(assure: Assure, reference: str) -> Opening | None:
    """Open a declaration he may follow; None for any other."""
    found = Declaration.objects.for_holder(assure).filter(reference=reference).first()
    return Opening(found.get_absolute_url(), "Ouvrir cette déclaration") if found else None


def open_pli(assure: Assure, reference: str) -> Opening | None:
    """Open the declaration a paper form comes from; None where it was sent unasked (F7)."""
    found = Declaration.objects.for_holder(assure).filter(pli__reference=reference).first()
    return Opening(found.get_absolute_url(), "Ouvrir cette déclaration") if found else None
