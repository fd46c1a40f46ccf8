"""How an order that a message is about is opened, by who was told of it."""

from django.urls import reverse

from accounts.models import Assure
from accounts.objets import Opening
from carte.models import Commande


def open_commande(assure: Assure, reference: str) -> Opening | None:
    """Open a sent order he may follow; None for any other."""
    found = Commande.objects.for_holder(assure).filter(reference=reference).first()
    return Opening(found.get_absolute_url(), "Ouvrir cette commande") if found else None


def open_brouillon(assure: Assure, reference: str) -> Opening | None:
    """Take up a draft, or open the order it became."""
    if Commande.objects.drafts_of(assure).filter(reference=reference).exists():
        return Opening(reverse("order_resume", args=[reference]), "Reprendre cette commande")
    return open_commande(assure, reference)
