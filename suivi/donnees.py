"""What the floor ``suivi`` holds of an assuré, for « télécharger mes données » (A7)."""

from collections.abc import Mapping
from typing import Any

from accounts.mes_donnees import Part
from accounts.models import Assure
from suivi.models import Satisfaction
from vitale_portal.references import display


def data(assure: Assure) -> Mapping[str, Any]:
    """Give what he said of his own orders."""
    rows = Satisfaction.objects.filter(commande__author=assure).select_related("commande").order_by("pk")
    return {
        "avis_sur_les_demarches": [
            {
                "commande": display(row.commande.reference),
                "avis": row.get_opinion_display(),
                "commentaire": row.comment,
                "donne_le": row.given_at,
            }
            for row in rows
        ]
    }


PART = Part(data, lambda _assure: ())
