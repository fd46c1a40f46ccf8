"""What a card holds beside a face: exemption and ayants droit, as known when it is made (section 6)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from accounts.enums import Lien
from accounts.models import Assure, Rattachement


def contents(beneficiaires: Collection[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Give the columns of the cards to make for people, by their key, in two queries.

    Both are an assuré's: the card of an ayant droit has neither, and is not in the answer. Whose rights have
    ended at ``now`` is on no card.
    """
    assures = {one.pk: one for one in Assure.objects.filter(beneficiaire__in=beneficiaires)}
    covered = Rattachement.objects.filter(assure__in=assures, lien=Lien.AYANT_DROIT)
    covered = covered.exclude(beneficiaire__rights_ended_since__lte=now)
    found: dict[int, dict[str, Any]] = {
        one.beneficiaire_id: {"exemption": one.exemption, "ayants_droit": []} for one in assures.values()
    }
    for link in covered.select_related("beneficiaire").order_by("beneficiaire__date_naissance", "pk"):
        found[assures[link.assure_id].beneficiaire_id]["ayants_droit"].append(_written(link))
    return found


def _written(link: Rattachement) -> dict[str, str]:
    who = link.beneficiaire
    return {"nom": who.nom, "prenoms": who.prenoms, "naissance": who.date_naissance.isoformat()}
