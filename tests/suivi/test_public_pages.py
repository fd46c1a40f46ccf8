"""Public pages: delays, accessibility, legal notice, personal data."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from carte.delais import ENOUGH, Measured, measured_figures
from carte.enums import Channel, CommandeState
from carte.models import Commande
from suivi.public_views import FIGURES
from tests.factories import DAY, HOUR, NOW, CaisseFactory, CommandeFactory, RegimeFactory, assure_ready

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"
PAGES = ("delays", "accessibility", "legal", "privacy")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _no_figures_kept() -> Iterator[None]:
    cache.delete(FIGURES)
    yield
    cache.delete(FIGURES)


def delivered(count: int, days: int, *, at: datetime = NOW, caisse: str = "011") -> None:
    """So many cards of a caisse that came so many days after their order."""
    author = assure_ready(caisse=CaisseFactory(code=caisse))
    for _ in range(count):
        row = CommandeFactory(author=author, state=CommandeState.DELIVERED, carte=False)
        Commande.objects.filter(pk=row.pk).update(delivered_at=at, submitted_at=at - days * DAY)


def words(client: Client, name: str) -> str:
    page = client.get(reverse(name)).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace(NBSP, " ")))


def test_measured_counts_nine_out_of_ten_from_thirty_cards_on() -> None:
    """D7."""
    delivered(ENOUGH - 1, 5)
    assert measured_figures(NOW) == []
    delivered(1, 20)
    assert measured_figures(NOW) == [Measured(CaisseFactory().nom, Channel.ONLINE, ENOUGH, 5)]


@pytest.mark.parametrize(
    ("ago", "counts"), [(30 * DAY - SECOND, True), (30 * DAY, False), (-SECOND, False), (timedelta(), True)]
)
def test_measured_looks_at_the_last_thirty_days(ago: timedelta, *, counts: bool) -> None:
    delivered(ENOUGH, 5, at=NOW - ago)
    assert bool(measured_figures(NOW)) == counts


def test_measured_is_by_caisse_and_rounded_up_to_the_day() -> None:
    delivered(ENOUGH, 5)
    delivered(ENOUGH, 9, at=NOW - HOUR, caisse="301")
    Commande.objects.filter(caisse__code="301").update(submitted_at=NOW - 9 * DAY - 2 * HOUR)
    assert sorted(one.days for one in measured_figures(NOW)) == [5, 10]


def test_measured_is_told_in_days_of_the_domain_when_time_is_accelerated(settings: Settings) -> None:
    settings.VITALE_ACCELERATION = 3600
    delivered(ENOUGH, 0)
    Commande.objects.update(submitted_at=NOW - 5 * DAY / 3600)
    assert [one.days for one in measured_figures(NOW)] == [5]


def test_delays_tells_each_regime_and_what_was_measured(client: Client) -> None:
    for code in ("01", "17", "02"):
        RegimeFactory(code=code)
    shown = words(client, "delays")
    assert [f"En ligne, sur ce site {days} jours" in shown for days in (15, 21)] == [True, True]
    assert ("agricole" in shown, "Aucune caisse n’en compte encore assez" in shown) == (False, True)
    cache.set(FIGURES, [Measured("CPAM de l’Ain", Channel.ONLINE, 120, 11)])
    assert "CPAM de l’Ain, en ligne 11 jours , sur 120 cartes" in words(client, "delays")


def test_delays_counts_the_cards_once_an_hour(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(reverse("delays"))
    with django_assert_num_queries(1):  # the régimes
        client.get(reverse("delays"))


def test_privacy_tells_the_durations_of_the_settings(client: Client, settings: Settings) -> None:
    shown = words(client, "privacy")
    told = (
        "Effacées 2 mois après",
        "30 jours après un refus",
        "15 minutes sans activité",
        "30 minutes, une",
        "365 jours. D’ici là",
    )
    assert [one for one in told if one not in shown] == []
    settings.VITALE_ERASURE_MONTHS, settings.VITALE_ERASURE_DELAY = 5, 45 * DAY
    settings.VITALE_DRAFT_LIFE, settings.SESSION_COOKIE_AGE = 12 * DAY, 600
    shown = words(client, "privacy")
    told = ("Effacées 5 mois après", "45 jours après un refus", "12 jours après", "10 minutes sans activité")
    assert [one for one in told if one not in shown] == []


def test_legal_names_who_answers_or_says_that_nobody_does(client: Client, settings: Settings) -> None:
    assert "exploité par aucune caisse" in words(client, "legal")
    known = {"publisher": "CPAM <de> l’Ain", "dpo": "dpo@caisse.example"}
    settings.VITALE_LEGAL = settings.VITALE_LEGAL | known
    shown = client.get(reverse("legal")).content.decode()
    assert ("CPAM &lt;de&gt; l’Ain" in shown, "exploité par aucune" in shown) == (True, False)
    assert "dpo@caisse.example" in words(client, "privacy")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_leads_there(client: Client, name: str) -> None:
    assert f'href="{reverse(name)}"' in client.get(reverse("help")).content.decode()
    assert client.get(reverse(name)).status_code == 200
    assert client.post(reverse(name)).status_code == 405


def test_accessibility_says_what_the_footer_says(client: Client) -> None:
    """Not audited is not conform: title, heading and footer say the same."""
    page = client.get(reverse("accessibility")).content.decode()
    assert page.count(f"Accessibilité{NBSP}: non conforme") == 3
