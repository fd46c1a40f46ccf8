"""What any notice may want to tell, for the tests that write them all."""

from typing import Any

from accounts.enums import RectificationKind, RectificationOutcome
from accounts.models import Assure, Rectification
from carte.enums import CommandeState, SignalementKind, SignalementOutcome
from carte.models import Signalement
from declarations.models import Declaration, PliPapier
from tests.factories import NOW, CarteFactory, CommandeFactory


def facts_of(assure: Assure) -> dict[str, Any]:
    """What any notice may want to tell."""
    adresse = assure.adresses.get()
    lines = [str(assure.beneficiaire), *adresse.lines]
    sent = {"state": CommandeState.SUBMITTED, "adresse_lines": lines, "deadline_at": NOW}
    commande = CommandeFactory(author=assure, **sent)
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    declaration = Declaration(carte=carte, declared_at=NOW)
    pli = PliPapier(beneficiaire=assure.beneficiaire)
    opposed = {"carte": carte, "reason": "Droits terminés", "mine": True, "online": True, "may_order": True}
    opposed |= {"at": NOW, "in_use": True, "rights_ended": False}
    carte.opposed_at = NOW
    shared = opposed | {"adresse": adresse, "beneficiaire": assure.beneficiaire, "due_at": NOW}
    moved = {"commande": commande, "event": commande.events.last(), "motifs": []}
    wrong = Signalement(
        carte=carte, kind=SignalementKind.values[0], sent_at=NOW,
        outcome=SignalementOutcome.values[0], handled_at=NOW,
    )  # fmt: skip
    asked = Rectification(
        assure=assure, kind=RectificationKind.NOM, sent_at=NOW,
        outcome=RectificationOutcome.PROOF, handled_at=NOW,
    )  # fmt: skip
    changed = {"at": NOW, "device": "Firefox sur Android", "caisse": assure.caisse, "rectification": asked}
    return {**moved, **changed, "signalement": wrong, "declaration": declaration, "pli": pli, **shared}
