"""How long an order takes: announced, or measured on the caisse's own (D7)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import F

from accounts.models import Caisse
from carte.enums import Channel
from carte.models import Commande
from vitale_portal.clock import accelerated

MEASURED_OVER = timedelta(days=30)
ENOUGH = 30  # orders; below, the profile's announced delay is told
SHARE = 0.9  # nine orders out of ten came sooner

ANNOUNCED = {
    Channel.ONLINE: "delay_online_days",
    Channel.PAPER: "delay_paper_days",
    Channel.COUNTER: "delay_counter_days",
}


def expected_at(caisse: Caisse, channel: str, now: datetime) -> datetime:
    """Give the instant by which a card ordered at ``now`` is to be expected.

    From the caisse's orders of that channel delivered in the last 30 days, when there are 30 or
    more: the delay nine out of ten met. Else the delay its profile announces.
    """
    return now + (_measured(caisse, channel, now) or announced(caisse, channel))


def later_expected_at(commande: Commande, now: datetime) -> datetime:
    """Give the date to expect of an order its caisse takes up again at ``now``: the announced delay anew.

    Never sooner than what was told before.
    """
    again = now + announced(commande.caisse, commande.channel)
    return max(again, commande.expected_at) if commande.expected_at else again


def announced(caisse: Caisse, channel: str) -> timedelta:
    """Give the delay the profile announces for a channel."""
    days = getattr(caisse.regime, ANNOUNCED[Channel(channel)]) or 0
    return accelerated(timedelta(days=days))


@dataclass(frozen=True)
class Measured:
    """What a caisse needed, by one channel, over the last 30 days."""

    caisse: str
    channel: str
    orders: int
    days: int  # within which nine cards out of ten came, rounded up

    @property
    def channel_label(self) -> str:
        """The channel, as it reads on screen."""
        return str(Channel(self.channel).label)


def measured_figures(now: datetime) -> list[Measured]:
    """Give the delays met over the last 30 days, by caisse and channel where 30 cards came or more (D7).

    In days of the life: when time is accelerated, a day of the domain.
    """
    since = now - accelerated(MEASURED_OVER)
    delivered = Commande.objects.filter(delivered_at__gt=since, delivered_at__lte=now)
    rows = delivered.annotate(delay=F("delivered_at") - F("submitted_at"))
    delays: dict[tuple[str, str], list[timedelta]] = defaultdict(list)
    for caisse, channel, delay in rows.values_list("caisse__nom", "channel", "delay").iterator():
        delays[caisse, channel].append(delay)
    day = accelerated(timedelta(days=1))
    return [
        Measured(caisse, channel, len(found), ceil(_share(found) / day))
        for (caisse, channel), found in sorted(delays.items())
        if len(found) >= ENOUGH
    ]


def _share(delays: list[timedelta]) -> timedelta:
    """Give the delay that nine out of ten met."""
    return sorted(delays)[ceil(SHARE * len(delays)) - 1]


def _measured(caisse: Caisse, channel: str, now: datetime) -> timedelta | None:
    since = now - accelerated(MEASURED_OVER)
    delivered = Commande.objects.filter(
        caisse=caisse, channel=channel, delivered_at__gt=since, delivered_at__lte=now
    )
    delays = list(
        delivered.annotate(delay=F("delivered_at") - F("submitted_at")).values_list("delay", flat=True)
    )
    return _share(delays) if len(delays) >= ENOUGH else None
