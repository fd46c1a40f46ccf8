"""What each case of a demonstration needs, once, and what is put ahead at each load."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from accounts.models import Beneficiaire
from carte.commandes import acknowledge_conditions, start_draft, submit_commande
from carte.enums import CarteState, IdentiteNature, Motif, PieceKind, Regle
from carte.models import Commande
from carte.pieces import deposit_piece, name_identite
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind, PliState
from declarations.plis import send_due
from suivi.demonstration.chemins import WAYS, lead, put_ahead
from suivi.demonstration.foyer import Foyer, give_carte, make_adresse
from suivi.demonstration.identities import NEXT_LIEU, Case, Fenetre
from suivi.demonstration.pictures import identite, photo
from vitale_portal.dates import paris
from vitale_portal.transitions import Actor, Step, move

LATELY = timedelta(days=30)
WINDOW = timedelta(days=4)  # from a declaration to its form, in the life that is told
BLOCKED = timedelta(days=1)
AHEAD = timedelta(days=90)  # how far the instants that would pass are put ahead


# --- What each rule needs, once ---------------------------------------------------------------


def leave(_foyer: Foyer, _now: datetime) -> None:
    """Nothing to add: a person without a card."""


def _carte_in_use(foyer: Foyer, now: datetime) -> None:
    give_carte(foyer.beneficiaire, foyer.assures[0].caisse, now)


def _carte_in_former_name(foyer: Foyer, now: datetime) -> None:
    give_carte(foyer.beneficiaire, foyer.assures[0].caisse, now, nom="Carrel")


def _carte_opposed(foyer: Foyer, now: datetime) -> None:
    """Give a card declared lost before the portal was there, its window long over."""
    at = now - LATELY
    carte = give_carte(foyer.beneficiaire, foyer.assures[0].caisse, now)
    instants = {"opposed_at": at, "form_due_at": at + WINDOW, "online_again_at": at + WINDOW + BLOCKED}
    move(carte, Step(to=CarteState.OPPOSED, actor=Actor.AUTHOR, at=at, changes=instants))


def _declared(ago: timedelta, kind: DeclarationKind) -> Callable[[Foyer, datetime], None]:
    """Make the set-up of a card declared so long ago, its form due as in life, whatever the acceleration."""

    def set_up(foyer: Foyer, now: datetime) -> None:
        at, assure = now - ago, foyer.assures[0]
        carte = give_carte(foyer.beneficiaire, assure.caisse, now)
        faits = Faits(kind=kind, facts_on=paris(at).date())
        declare(carte=carte, author=assure, faits=faits, user=assure.user, now=at)
        _put_form(foyer, at + WINDOW)

    return set_up


def _put_form(foyer: Foyer, due_at: datetime) -> None:
    """Set the instants of a form that has not left, and those its card keeps (F5)."""
    planned = foyer.plis.filter(state=PliState.PLANNED)
    foyer.beneficiaire.cartes.filter(declaration__pli__in=planned).update(
        form_due_at=due_at, online_again_at=due_at + BLOCKED
    )
    planned.update(due_at=due_at)


def _held(foyer: Foyer, now: datetime) -> None:
    """Declare, then let mail come back from the address: the form finds none to go to (F6)."""
    _declared(LATELY, DeclarationKind.PERTE)(foyer, now)
    foyer.assures[0].adresses.update(npai_since=now - LATELY)


def _flag(name: str) -> Callable[[Foyer, datetime], None]:
    """Make the set-up of a date the caisse has put on the beneficiary."""

    def set_up(foyer: Foyer, now: datetime) -> None:
        Beneficiaire.objects.filter(pk=foyer.beneficiaire.pk).update(**{name: now - LATELY})

    return set_up


def _mail_came_back(foyer: Foyer, now: datetime) -> None:
    foyer.assures[0].adresses.update(npai_since=now - LATELY)


def _new_adresse(foyer: Foyer, now: datetime) -> None:
    make_adresse(foyer.assures[0], NEXT_LIEU, given_at=now, usable_at=now + AHEAD)


SET_UP: Mapping[Case, Callable[[Foyer, datetime], None]] = {
    Fenetre.OPEN: _declared(BLOCKED, DeclarationKind.VOL),
    Fenetre.SENT: _declared(WINDOW + 2 * BLOCKED, DeclarationKind.PERTE),
    Fenetre.HELD: _held,
    Motif.REPLACEMENT: _carte_opposed,
    Motif.NEW_FACE: _carte_in_former_name,
    Regle.FORBIDDEN: _flag("forbidden_since"),
    Regle.MUTATION: _flag("mutation_since"),
    Regle.RIGHTS_ENDED: _flag("rights_ended_since"),
    Regle.NPAI: _mail_came_back,
    Regle.DECLARATION_NEEDED: _carte_in_use,
    Regle.PAPER_FORM_LEAVING: _declared(WINDOW, DeclarationKind.PERTE),
    Regle.ADDRESS_WAIT: _new_adresse,
}


# --- What would pass, at each load --------------------------------------------------------------


def _order(foyer: Foyer, now: datetime) -> None:
    """Send an order as a person does, unless one is open (E1)."""
    if not foyer.shows(now):
        send_order(foyer, now)


def send_order(foyer: Foyer, now: datetime) -> Commande:
    """Send an order as a person does, with sample pieces."""
    assure, who = foyer.assures[0], foyer.beneficiaire
    commande = start_draft(assure=assure, beneficiaire=who, now=now)
    for kind, data in ((PieceKind.PHOTO, photo()), (PieceKind.IDENTITE, identite(who))):
        acknowledge_conditions(commande=commande, kind=kind, now=now)
        label = f"{kind.value.lower()}-specimen.jpg"
        deposit_piece(commande=commande, kind=kind, data=data, label=label, now=now)
    name_identite(commande=commande, nature=IdentiteNature.CARTE_IDENTITE, now=now)
    return submit_commande(commande=commande, now=now)


def _sent_on(foyer: Foyer, now: datetime) -> None:
    """Send an order and let it come to the state to be shown, once; what would end it is put ahead."""
    if foyer.commande is None and foyer.role.etat:
        lead(send_order(foyer, now), foyer.role.etat, now)
    if (commande := foyer.commande) and commande.state == foyer.role.etat:
        put_ahead(commande, now)


def _send_form(foyer: Foyer, _now: datetime) -> None:
    """Let the form leave at its hour, if it has not: the letter is rendered here, and told."""
    for pli in foyer.plis.filter(state=PliState.PLANNED):
        send_due(pli.due_at)


def _put_form_ahead(foyer: Foyer, now: datetime) -> None:
    _put_form(foyer, now + AHEAD)


def _put_reopening_ahead(foyer: Foyer, now: datetime) -> None:
    _send_form(foyer, now)
    foyer.beneficiaire.cartes.filter(state=CarteState.OPPOSED).update(online_again_at=now + AHEAD)


def _put_adresse_ahead(foyer: Foyer, now: datetime) -> None:
    waiting = foyer.assures[0].adresses.filter(withdrawn_at=None, **vars(NEXT_LIEU))
    waiting.update(usable_at=now + AHEAD, notice_due_at=now + AHEAD)


ARM: Mapping[Case, Callable[[Foyer, datetime], None]] = {
    **dict.fromkeys(WAYS, _sent_on),
    Fenetre.OPEN: _put_form_ahead,
    Fenetre.SENT: _send_form,
    Regle.ORDER_OPEN: _order,
    Regle.PAPER_FORM_LEAVING: _put_reopening_ahead,
    Regle.ADDRESS_WAIT: _put_adresse_ahead,
}
