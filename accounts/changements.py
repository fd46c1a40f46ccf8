"""What a caisse learns anew of somebody, told to the floors above in the transaction that writes it.

What follows is theirs: a card in use is to be updated, say (section 6).
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Model
from django.dispatch import Signal

from accounts.enums import Changement
from accounts.models import Assure, Beneficiaire

# ``sender`` is the class of ``rows``: ``Assure`` or ``Beneficiaire``; with them ``changement`` and ``at``.
changed = Signal()

# The fields (and the rows beside) an agent may change, and what their change is.
WATCHED: Mapping[type[Model], Mapping[Changement, frozenset[str]]] = {
    Beneficiaire: {
        Changement.ETAT_CIVIL: frozenset({"nom", "prenoms", "nir"}),
        Changement.DROITS: frozenset({"mutation_since", "rights_ended_since"}),
    },
    Assure: {
        Changement.DROITS: frozenset({"caisse", "rights_from", "rights_until", "exemption", "rattachements"})
    },
}


def tell_changes(row: Assure | Beneficiaire, fields: Collection[str], *, at: datetime) -> None:
    """Tell what the fields just changed come to; nothing when none of them is watched."""
    for changement, watched in WATCHED[type(row)].items():
        if watched & set(fields):
            changed.send(sender=type(row), rows=[row], changement=changement, at=at)
