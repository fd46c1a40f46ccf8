"""What the author says of a card on its way: it came, or it never did; and where it is to go (D5, D6)."""

from datetime import datetime

from django.db import transaction

from accounts.adresses import situation
from accounts.enums import Notice
from accounts.models import Adresse, Beneficiaire, User
from accounts.notices import Owed, notify
from carte.annulation import ALIVE, UNHELD
from carte.cartes import oppose_carte
from carte.commandes import Changed
from carte.enums import CarteState, CommandeState
from carte.fabrication.poste import deliver
from carte.models import Carte, Commande
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, NotInTable, Step, lock, move_batch

_C = CommandeState

# Until the lot is sealed the card can still go elsewhere (D5).
UNSEALED = (_C.SUBMITTED, _C.IN_REVIEW, _C.TO_CORRECT, _C.ACCEPTED)
NEVER_CAME = "jamais reçue ou perdue"


def confirm_receipt(*, commande: Commande, user: User, now: datetime) -> Commande:
    """Record that the card came: it is in use, an old one kept for a new face is ended (D6).

    Said twice, or of a card already delivered, it is said once; a delivery that was only presumed is then
    sure, and the letter is not waited for to come back. Raises ``NotInTable`` in another state.
    """
    with transaction.atomic():
        row = _locked(commande)
        if row.state == _C.DELIVERED:
            Commande.objects.filter(pk=row.pk).update(deadline_at=None)
            return row
        _check_shipped(row)
        deliver([row], actor=Actor.AUTHOR, now=now, by=user)
    return row


def report_never_came(*, commande: Commande, user: User, now: datetime) -> Commande:
    """Record that the card never came, was lost or stolen on its way (D6).

    The card is in opposition, the order cancelled, a new one open at once; no paper form leaves. Said
    twice it is said once. Raises ``NotInTable`` when the order is not shipped.
    """
    with transaction.atomic():
        row = _locked(commande)
        carte = Carte.objects.filter(commande=row).first()
        if row.state == _C.CANCELLED and carte is not None and carte.state == CarteState.OPPOSED:
            return row
        _check_shipped(row)
        step = Step(to=_C.CANCELLED, actor=Actor.AUTHOR, at=now, by=user, reason=NEVER_CAME, changes=UNHELD)
        move_batch([row], step)
        if carte is not None and carte.state in ALIVE:
            oppose_carte(carte=carte, actor=Actor.AUTHOR, user=user, reason=NEVER_CAME, now=now)
    return row


def other_destination(commande: Commande, now: datetime) -> Adresse | None:
    """Give the address the author may point an order to: his usable one, when it is another (D5)."""
    if commande.state not in UNSEALED:
        return None
    current = situation(commande.author.adresses.all(), now).current
    if current is None or current.npai_since or current.pk == commande.adresse_id:
        return None
    return current


def redirect_to_current(*, commande: Commande, seen: int, now: datetime) -> Commande:
    """Point an order to its author's usable address, until the lot is sealed (D5).

    The message its author gets keeps the trace of it, with both addresses. ``seen`` is the key of the
    address that was on screen: raises ``Changed`` when another is the one now. Nothing happens when the
    order goes there already. Raises ``NotInTable`` once the lot is sealed.
    """
    with transaction.atomic():
        row = _locked(commande)
        if row.state not in UNSEALED:
            raise NotInTable(row)
        if row.adresse_id == seen:
            return row
        adresse = other_destination(row, now)
        if adresse is None or adresse.pk != seen:
            raise Changed
        before = row.adresse_lines
        row.adresse = adresse
        row.adresse_lines = [str(row.beneficiaire), *adresse.lines]
        row.save(update_fields=["adresse", "adresse_lines"])
        facts = {"commande": row, "before": before}
        about = f"commande {row.reference} adresse {now:%Y%m%d%H%M%S%f}"
        owed = Owed(assure=row.author, notice=Notice.COMMANDE_REDIRECTED, about=about, facts=facts)
        notify([owed], at=now)
    return row


def _locked(commande: Commande) -> Commande:
    """Lock in the order of locks: the beneficiary, then the order."""
    hold(Beneficiaire.objects).get(pk=commande.beneficiaire_id)
    return lock(commande)


def _check_shipped(row: Commande) -> None:
    if row.state != _C.SHIPPED:
        raise NotInTable(row)
