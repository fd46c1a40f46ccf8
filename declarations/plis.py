"""Paper forms: when they leave, what cancels them, what puts them back (F5 to F7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.adresses import usable_adresse
from accounts.enums import Notice
from accounts.models import Assure, Beneficiaire, Rattachement
from accounts.notices import Owed, notify
from accounts.sweeps import each
from carte.eligibilite import PAPER_RULES, examine, facts_for
from carte.enums import CommandeState, Regle
from carte.models import Carte, Commande
from declarations.declarer import window_from
from declarations.enums import PliCause, PliState
from declarations.impression import pli_pdf
from declarations.models import PliPapier
from vitale_portal.clock import accelerated
from vitale_portal.dates import age_on, paris
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, Happened, Step, lock, move_batch

BATCH = 200


def send_due(now: datetime) -> int:
    """Send the forms that are due and have an address to go to; return how many. A sweep (F5, F6).

    Each is rendered outside any transaction, then leaves in one of its own, unless an order came first.
    A form without a usable address is held: it waits for one.
    """
    due = PliPapier.objects.filter(state=PliState.PLANNED, due_at__lte=now).order_by("due_at", "pk")
    known = due.defer("pdf").prefetch_related("assure__adresses")
    ready = [pli.pk for pli in known if usable_adresse(pli.assure, now)]
    plis = due.filter(pk__in=ready).select_related("assure__caisse__regime", "assure__user", "beneficiaire")
    return each("declarations.plis", plis, lambda pli: _send(pli, now), now=now, most=BATCH)


def _send(pli: PliPapier, now: datetime) -> bool:
    adresse = usable_adresse(pli.assure, now)
    if adresse is None:
        return False
    lines = [str(pli.assure), *adresse.lines]
    pdf = pli_pdf(pli, lines, now)
    with transaction.atomic():
        hold(Beneficiaire.objects).get(pk=pli.beneficiaire_id)
        row = lock(pli)
        if row.version != pli.version or row.state != PliState.PLANNED or row.due_at > now:
            return False
        if row.cause != PliCause.DECLARATION and not _still_wanted(row, now):
            step = Step(to=PliState.CANCELLED, actor=Actor.SYSTEM, at=now, reason="plus utile")
            move_batch([row], step)
            return False
        changes = {"sent_at": now, "adresse": adresse, "adresse_lines": lines, "pdf": pdf}
        move_batch([row], Step(to=PliState.SENT, actor=Actor.SYSTEM, at=now, changes=changes))
        if hasattr(pli.assure, "user"):  # else the form is the letter
            about = f"pli {row.reference} n° {row.version}"
            notify([Owed(assure=pli.assure, notice=Notice.PLI_SENT, about=about, facts={"pli": pli})], at=now)
    return True


def _still_wanted(pli: PliPapier, now: datetime) -> bool:
    """Ask again for a form nobody asked for, and that was held: neither card, order nor E3 to E5 (F7)."""
    facts = facts_for(pli.assure, pli.beneficiaire)
    return not facts.cartes and not examine(facts, now, PAPER_RULES).obstacles


def follow_commande(rows: Sequence[Commande], events: Sequence[Happened], **_signal: Any) -> None:
    """Cancel or put back forms as orders move, in the transaction of the move (F5)."""
    for row, event in zip(rows, events, strict=True):
        if (event.from_state, event.to_state) == (CommandeState.DRAFT, CommandeState.SUBMITTED):
            _cancel(row, event.at)
        elif event.to_state in PUT_BACK_AT and event.from_state != CommandeState.SHIPPED:
            _put_back(row, event.at)


# An order that ends so puts back the form it had cancelled; not one lost on the way: a new order is open
# at once then, without a form (D6).
PUT_BACK_AT = (CommandeState.CANCELLED, CommandeState.REJECTED)


def _cancel(commande: Commande, at: datetime) -> None:
    """Cancel the forms that have not left, whatever the hour."""
    planned = PliPapier.objects.filter(beneficiaire=commande.beneficiaire_id, state=PliState.PLANNED)
    plis = list(hold(planned).order_by("pk"))
    step = Step(to=PliState.CANCELLED, actor=Actor.SYSTEM, at=at, changes={"cancelled_by": commande})
    move_batch(plis, step)
    cartes = Carte.objects.filter(declaration__pli__in=plis)
    cartes.update(form_due_at=None, online_again_at=None)


def put_back_at(commande: Commande, at: datetime) -> datetime | None:
    """Give when the form an order cancelled would leave, did the order end then; None without one (F5)."""
    return min((_due_again(pli, at) for pli in _cancelled_by(commande)), default=None)


def _cancelled_by(commande: Commande) -> QuerySet[PliPapier]:
    cancelled = PliPapier.objects.filter(cancelled_by=commande, state=PliState.CANCELLED)
    return cancelled.select_related("assure__caisse__regime", "declaration")


def _due_again(pli: PliPapier, at: datetime) -> datetime:
    """Give when a form put back leaves: at its due time if still ahead, else a window later (F5)."""
    days = timedelta(days=pli.assure.caisse.regime.window_days or 0)
    return pli.due_at if pli.due_at > at else at + accelerated(days)


def _put_back(commande: Commande, at: datetime) -> None:
    """Put back the forms that order cancelled."""
    for pli in hold(_cancelled_by(commande)):
        due_at = _due_again(pli, at)
        changes = {"due_at": due_at, "cancelled_by": None}
        move_batch([pli], Step(to=PliState.PLANNED, actor=Actor.SYSTEM, at=at, changes=changes))
        if pli.declaration:
            Carte.objects.filter(pk=pli.declaration.carte_id).update(**window_from(due_at, pli.assure))


SIXTEEN = 16  # years
UNDER_THESE_NONE = (Regle.FORBIDDEN, Regle.MUTATION, Regle.RIGHTS_ENDED)


def plan_unasked(now: datetime) -> int:
    """Plan the form for who turned 16 and for newcomers, once each; return how many. A sweep (F7).

    For those whose regime does so, with a definitive NIR and neither card nor sent order, not under E3 to E5.
    """
    without = _without_card(now)
    return each("declarations.unasked", without, lambda person: _plan(person, now), now=now, most=BATCH)


def _without_card(now: datetime) -> QuerySet[Beneficiaire]:
    """Read who is 16 or more and has neither card, nor sent order, nor had a form, nor a flag of his own."""
    today = paris(now).date()
    flagged = Q(forbidden_since__lte=now) | Q(mutation_since__lte=now) | Q(rights_ended_since__lte=now)
    sent = Commande.objects.sent().filter(beneficiaire=OuterRef("pk"))
    held = Rattachement.objects.filter(beneficiaire=OuterRef("pk"), assure__caisse__regime__unasked_form=True)
    return (
        Beneficiaire.objects.filter(date_naissance__lte=today.replace(year=today.year - SIXTEEN))
        .filter(Exists(held), Q(nir__startswith="1") | Q(nir__startswith="2"))
        .exclude(flagged)
        .exclude(Exists(Carte.objects.filter(beneficiaire=OuterRef("pk"))))
        .exclude(Exists(PliPapier.objects.filter(beneficiaire=OuterRef("pk"))))
        .exclude(Exists(sent))
        .order_by("pk")
    )


def _plan(beneficiaire: Beneficiaire, now: datetime) -> bool:
    """Plan one form, addressed to the person, or to who holds him, where the regime does so."""
    holders = Assure.objects.filter(
        rattachements__beneficiaire=beneficiaire, caisse__regime__unasked_form=True
    ).order_by("-rattachements__lien", "pk")
    assure = holders.select_related("caisse__regime", "beneficiaire").first()
    if assure is None or any(examine(facts_for(assure, beneficiaire), now).has(r) for r in UNDER_THESE_NONE):
        return False
    turned_sixteen = age_on(beneficiaire.date_naissance, now) == SIXTEEN
    cause = PliCause.SIXTEEN if turned_sixteen else PliCause.NEWCOMER
    with transaction.atomic():
        # An order being sent, or another sweep, ends first: what it wrote is then seen.
        hold(Beneficiaire.objects).get(pk=beneficiaire.pk)
        if not _without_card(now).filter(pk=beneficiaire.pk).exists():
            return False
        PliPapier.objects.create(
            cause=cause, assure=assure, beneficiaire=beneficiaire, planned_at=now, due_at=now
        )
    return True
