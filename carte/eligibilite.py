"""Who may order a card: rules E1 to E12, pure, over facts and an instant (section 5).

The same function answers the pages, the agent and the tests. It is asked when a draft starts, at
each deposit and again inside the transaction that sends. Intervals are half-open: from ≤ now < until.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from accounts.adresses import AdresseSituation, situation
from accounts.enums import OnlineOrder
from accounts.models import Adresse, Assure, Beneficiaire
from carte.enums import (
    DRAFT_UNDER,
    NEXT_STEPS,
    OPEN,
    CarteState,
    CommandeState,
    Motif,
    NextStep,
    Regle,
    Verdict,
)
from carte.models import Carte, Commande
from vitale_portal.dates import age_on, birthday

# The cards one may have in hand once the rights have ended (E5).
TO_HAND_BACK = (CarteState.IN_USE, CarteState.IN_TRANSIT, CarteState.OPPOSED)
# The age until which a child may be on the cards of his parents by form S3705, in years.
S3705_UNTIL = 16


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules look at, for one beneficiary and the assuré who would order."""

    assure: Assure
    beneficiaire: Beneficiaire
    adresses: tuple[Adresse, ...] = ()  # the assuré's, in the order they were given
    cartes: tuple[Carte, ...] = ()  # the beneficiary's
    open_commande: Commande | None = None  # sent by whomever, not finished
    draft: Commande | None = None  # the assuré's own

    @property
    def in_use(self) -> Carte | None:
        """The card in use, if there is one."""
        return next((carte for carte in self.cartes if carte.state == CarteState.IN_USE), None)

    @property
    def declarable(self) -> bool:
        """Whether a card in use may be declared here, whatever else is refused, but for E2."""
        return self.in_use is not None and self.assure.caisse.regime.online_declaration

    @property
    def shown_carte(self) -> Carte | None:
        """The card that matters on screen: in use, else on its way, else the last one."""
        order = (CarteState.IN_USE, CarteState.IN_TRANSIT)
        rank = {state: number for number, state in enumerate(order)}
        return min(
            self.cartes, key=lambda carte: (rank.get(CarteState(carte.state), 2), -carte.pk), default=None
        )

    def form_ahead(self, now: datetime) -> Carte | None:
        """Find the card whose paper form has still to leave: the order is to be sent before (F5)."""
        if self.open_commande or self.in_use:
            return None
        return next((carte for carte in self.cartes if carte.form_due_at and now < carte.form_due_at), None)


@dataclass(frozen=True)
class Obstacle:
    """One rule that holds: since and until when (aware instants, None when not known), about which row."""

    regle: Regle
    since: datetime | None = None
    until: datetime | None = None
    subject: Commande | Carte | Adresse | None = None

    @property
    def next_step(self) -> NextStep:
        """What to do about it."""
        return NEXT_STEPS[self.regle]

    @property
    def template(self) -> str:
        """The template that says it on screen."""
        return f"carte/obstacles/{self.regle.value}.html"


@dataclass(frozen=True)
class Answer:
    """May she order? The verdict, every rule that holds, the headline first, and why a card is due."""

    verdict: Verdict
    obstacles: tuple[Obstacle, ...]
    motif: Motif | None

    @property
    def until(self) -> datetime | None:
        """The instant the last obstacle falls; None when there is none, or when one has no known end."""
        ends = [obstacle.until for obstacle in self.obstacles]
        return max((end for end in ends if end), default=None) if all(ends) else None

    def has(self, regle: Regle) -> bool:
        """Tell whether that rule holds."""
        return any(obstacle.regle == regle for obstacle in self.obstacles)

    @property
    def is_first(self) -> bool:
        """Whether it may be said that there is no card yet: another scheme's are not known here (E2, E5)."""
        elsewhere = self.has(Regle.REGIME) or self.has(Regle.RIGHTS_ENDED)
        return self.motif == Motif.FIRST and not elsewhere

    @property
    def may_draft(self) -> bool:
        """Whether a draft may start."""
        return self.verdict != Verdict.REFUSED

    @property
    def may_deposit(self) -> bool:
        """Whether documents may be deposited: not while an address waits (B3)."""
        return self.may_draft and not self.has(Regle.ADDRESS_WAIT)

    @property
    def may_send(self) -> bool:
        """Whether the order may be sent."""
        return self.verdict == Verdict.OPEN


def examine(facts: Facts, now: datetime, regles: Collection[Regle] = tuple(Regle)) -> Answer:
    """Answer whether an order is open for these facts at ``now`` (aware). Reads nothing, writes nothing.

    ``regles`` are those that apply: all of them online, ``PAPER_RULES`` on paper (F6).
    """
    found = (RULES[regle](facts, now) for regle in Regle if regle in regles)
    obstacles = tuple(obstacle for obstacle in found if obstacle)
    return Answer(_verdict(obstacles), obstacles, _motif(facts))


def _verdict(obstacles: tuple[Obstacle, ...]) -> Verdict:
    if not obstacles:
        return Verdict.OPEN
    return Verdict.MAY_DRAFT if {o.regle for o in obstacles} <= DRAFT_UNDER else Verdict.REFUSED


def _motif(facts: Facts) -> Motif | None:
    """Derive why a card is due (section 5); None when the one in use is right."""
    if facts.in_use:
        return None if facts.in_use.has_right_face else Motif.NEW_FACE
    return Motif.REPLACEMENT if facts.cartes else Motif.FIRST


def _order_open(facts: Facts, _now: datetime) -> Obstacle | None:
    commande = facts.open_commande
    return Obstacle(Regle.ORDER_OPEN, since=commande.submitted_at, subject=commande) if commande else None


def _regime(facts: Facts, _now: datetime) -> Obstacle | None:
    takes_orders = facts.assure.caisse.regime.online_order == OnlineOrder.YES
    return None if takes_orders else Obstacle(Regle.REGIME)


def _flag(regle: Regle, name: str) -> Callable[[Facts, datetime], Obstacle | None]:
    """Make the rule of a flag that either may carry: the beneficiary, or the assuré himself."""

    def rule(facts: Facts, now: datetime) -> Obstacle | None:
        dates = (getattr(who, name) for who in (facts.beneficiaire, facts.assure.beneficiaire))
        since = min((date for date in dates if date and date <= now), default=None)
        return Obstacle(regle, since=since) if since else None

    return rule


def _rights_ended(facts: Facts, now: datetime) -> Obstacle | None:
    """Find the end of the rights, and the card that is to be handed back, if there is one."""
    ended = _flag(Regle.RIGHTS_ENDED, "rights_ended_since")(facts, now)
    held = next((carte for state in TO_HAND_BACK for carte in facts.cartes if carte.state == state), None)
    return replace(ended, subject=held) if ended else None


def _too_young(facts: Facts, now: datetime) -> Obstacle | None:
    of_age = birthday(facts.beneficiaire.date_naissance, facts.assure.caisse.regime.youngest_age)
    return Obstacle(Regle.TOO_YOUNG, until=of_age) if now < of_age else None


def _provisional_nir(facts: Facts, _now: datetime) -> Obstacle | None:
    return Obstacle(Regle.PROVISIONAL_NIR) if facts.beneficiaire.nir_value.provisional else None


def _npai(facts: Facts, now: datetime) -> Obstacle | None:
    where = _where(facts, now)
    current = where.current
    if current is None or where.waiting or not current.npai_since or current.npai_since > now:
        return None
    return Obstacle(Regle.NPAI, since=current.npai_since, subject=current)


def _no_address(facts: Facts, now: datetime) -> Obstacle | None:
    where = _where(facts, now)
    return None if where.current or where.waiting else Obstacle(Regle.NO_ADDRESS)


def _declaration_needed(facts: Facts, _now: datetime) -> Obstacle | None:
    carte = facts.in_use
    if carte is None or not carte.has_right_face:
        return None
    return Obstacle(Regle.DECLARATION_NEEDED, since=carte.in_use_at, subject=carte)


def _paper_form_leaving(facts: Facts, now: datetime) -> Obstacle | None:
    for carte in facts.cartes:
        if carte.form_due_at and carte.online_again_at and carte.form_due_at <= now < carte.online_again_at:
            return Obstacle(Regle.PAPER_FORM_LEAVING, carte.form_due_at, carte.online_again_at, carte)
    return None


def _address_wait(facts: Facts, now: datetime) -> Obstacle | None:
    waiting = _where(facts, now).waiting
    if waiting is None:
        return None
    return Obstacle(Regle.ADDRESS_WAIT, waiting.given_at, waiting.usable_at, waiting)


def _where(facts: Facts, now: datetime) -> AdresseSituation:
    return situation(facts.adresses, now)


# Looked at in the order of ``Regle``, that of section 5: the first that holds is the headline.
RULES: Mapping[Regle, Callable[[Facts, datetime], Obstacle | None]] = {
    Regle.ORDER_OPEN: _order_open,
    Regle.REGIME: _regime,
    Regle.FORBIDDEN: _flag(Regle.FORBIDDEN, "forbidden_since"),
    Regle.MUTATION: _flag(Regle.MUTATION, "mutation_since"),
    Regle.RIGHTS_ENDED: _rights_ended,
    Regle.TOO_YOUNG: _too_young,
    Regle.PROVISIONAL_NIR: _provisional_nir,
    Regle.NPAI: _npai,
    Regle.NO_ADDRESS: _no_address,
    Regle.DECLARATION_NEEDED: _declaration_needed,
    Regle.PAPER_FORM_LEAVING: _paper_form_leaving,
    Regle.ADDRESS_WAIT: _address_wait,
}
PAPER_RULES = frozenset(
    {
        Regle.ORDER_OPEN,
        Regle.FORBIDDEN,
        Regle.MUTATION,
        Regle.RIGHTS_ENDED,
        Regle.TOO_YOUNG,
        Regle.PROVISIONAL_NIR,
        Regle.DECLARATION_NEEDED,
    }
)


def household_facts(assure: Assure) -> list[Facts]:
    """Read the facts of all beneficiaries of an assuré, himself first, in a fixed number of queries."""
    beneficiaires = Beneficiaire.objects.filter(rattachements__assure=assure)
    return _read(assure, beneficiaires.order_by("-rattachements__lien", "date_naissance", "pk"))


@dataclass(frozen=True)
class Examined:
    """A beneficiary's facts and the answer for them; whether form S3705 is still for him.

    And the card whose paper form has still to leave, if there is one.
    """

    facts: Facts
    answer: Answer
    s3705: bool
    form_ahead: Carte | None


def examine_household(assure: Assure, now: datetime) -> list[Examined]:
    """Examine each beneficiary of an assuré at ``now``, himself first, in a fixed number of queries."""
    return [
        Examined(
            facts=facts,
            answer=examine(facts, now),
            s3705=age_on(facts.beneficiaire.date_naissance, now) < S3705_UNTIL,
            form_ahead=facts.form_ahead(now),
        )
        for facts in household_facts(assure)
    ]


def facts_for(assure: Assure, beneficiaire: Beneficiaire) -> Facts:
    """Read the facts for one beneficiary."""
    return _read(assure, [beneficiaire])[0]


def _read(assure: Assure, beneficiaires: Iterable[Beneficiaire]) -> list[Facts]:
    who = list(beneficiaires)
    adresses = tuple(assure.adresses.all())
    cartes: dict[int, list[Carte]] = {b.pk: [] for b in who}
    for carte in Carte.objects.filter(beneficiaire__in=who).select_related("beneficiaire"):
        cartes[carte.beneficiaire_id].append(carte)
    sent = Q(state__in=OPEN)
    own_draft = Q(state=CommandeState.DRAFT, author=assure)
    commandes = Commande.objects.filter(sent | own_draft, beneficiaire__in=who)
    running = list(commandes.select_related("author", "beneficiaire"))
    opened = {c.beneficiaire_id: c for c in running if not c.is_draft}
    drafts = {c.beneficiaire_id: c for c in running if c.is_draft}
    return [
        Facts(
            assure=assure,
            beneficiaire=b,
            adresses=adresses,
            cartes=tuple(cartes[b.pk]),
            open_commande=opened.get(b.pk),
            draft=drafts.get(b.pk),
        )
        for b in who
    ]
