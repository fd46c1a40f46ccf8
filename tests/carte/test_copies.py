"""The paper copy of what a card holds: its words, whose it is, the same bytes for ever (section 6)."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Assure, Beneficiaire, SweepRun
from carte import copies
from carte.contenu import contents
from carte.copies import make_due, pdf_of, plan, to_print
from carte.enums import CarteState, CommandeState
from carte.fabrication.centre import ship
from carte.models import Carte, CopieCarte
from carte.tasks import sweep_copies
from declarations.courrier import days_mail
from tests.factories import (
    DAY,
    NOW,
    AgentFactory,
    AssureFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    assure_ready,
    ayant_droit,
)
from tests.fixtures import at_desk
from tests.pdfs import opened, tags, texts
from vitale_portal.dates import long_date

pytestmark = pytest.mark.django_db


def shipped(author: Assure, **fields: object) -> CopieCarte:
    """The copy of a card that the centre has just made."""
    row = CommandeFactory(author=author, state=CommandeState.IN_PRODUCTION, **fields)
    ship([row], NOW)
    return CopieCarte.objects.whole().get(carte__commande=row)


def words(copie: CopieCarte) -> str:
    return " ".join(texts(pdf_of(copie, NOW)))


def url(copie: CopieCarte) -> str:
    return reverse("copie", args=[copie.reference])


def signed_in(assure: Assure) -> Client:
    client = Client()
    client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    return client


def test_card_is_made_with_what_its_holder_has() -> None:
    author = assure_ready(exemption="Affection de longue durée")
    child = ayant_droit(author, nom="PETIT")
    ayant_droit(author, rights_ended_since=NOW)
    carte = shipped(author).carte
    assert (carte.exemption, carte.ayants_droit) == (
        "Affection de longue durée",
        [{"nom": "PETIT", "prenoms": "Lou", "naissance": "2012-03-01"}],
    )
    theirs = shipped(author, beneficiaire=child).carte
    assert (theirs.exemption, theirs.ayants_droit) == ("", [])


@pytest.mark.parametrize("rows", [1, 3])
def test_contents_of_cards_cost_two_queries(rows: int) -> None:
    people = [assure_ready() for _ in range(rows)]
    for one in people:
        ayant_droit(one)
    with CaptureQueriesContext(connection) as captured:
        found = contents([one.beneficiaire_id for one in people], NOW)
    assert (len(found), len(captured)) == (rows, 2)


def test_copy_says_what_the_card_holds() -> None:
    author = assure_ready(exemption="Maternité")
    child = ayant_droit(author, nom="PETIT", prenoms="Zoé Anne")
    copie = shipped(author)
    carte, page = copie.carte, words(copie)
    shown = [
        carte.serial, carte.nom, carte.prenoms, author.beneficiaire.nir_value.formatted, "Avec photo",
        author.caisse.regime.nom, author.caisse.nom, "Maternité", "PETIT", "Zoé Anne",
        long_date(child.date_naissance), long_date(carte.made_on), "Signaler une erreur",
    ]  # fmt: skip
    assert [one for one in shown if " ".join(one.split()) not in page] == []
    assert "12 RUE DES LILAS" not in page  # every holder gets it; the address is the author's alone


def test_copy_of_a_card_without_photo_or_rights_says_so() -> None:
    page = words(shipped(assure_ready(), sans_photo=True))
    said = ["Photo sur la carte Sans photo", "Exonération Aucune", "Ayants droit Aucun"]
    assert [one for one in said if one not in page] == []


def test_copy_is_tagged_with_title_and_language() -> None:
    copie = shipped(assure_ready())
    with opened(pdf_of(copie, NOW)) as document:
        assert str(document.Root.Lang) == "fr"
        assert bool(document.Root.MarkInfo.Marked)
        assert f"carte Vitale n° {copie.carte.serial}" in str(document.docinfo["/Title"])
        kinds = [kind for kind, _ in tags(document)]
    assert (kinds.count("H1"), kinds.count("Table")) == (1, 2)


def test_shipping_writes_one_row_and_renders_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(copies.pdf, "render")
    copie = shipped(assure_ready())
    assert (copie.planned_at, copie.pdf, copie.letter, copie.sha256, copie.made_at) == (
        NOW, None, None, "", None,
    )  # fmt: skip


def test_bytes_stay_the_same_whatever_changes() -> None:
    author = assure_ready()
    copie, client = shipped(author), signed_in(author)
    first = client.get(url(copie))
    assert (first["Content-Type"], first["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert first["Content-Disposition"] == f'attachment; filename="copie-carte-vitale-{copie.reference}.pdf"'
    Beneficiaire.objects.update(nom="AUTRE")
    Carte.objects.update(nom="AUTRE", exemption="Autre")
    assert client.get(url(copie)).content == first.content
    copie.refresh_from_db()
    assert copie.sha256 == hashlib.sha256(first.content).hexdigest()


def test_copy_made_twice_keeps_the_bytes_of_the_first() -> None:
    slow = shipped(assure_ready())
    first = pdf_of(CopieCarte.objects.whole().get(), NOW)
    assert (pdf_of(slow, NOW + DAY), slow.made_at) == (first, NOW)


def test_sweep_makes_what_waits_and_then_finds_nothing() -> None:
    shipped(assure_ready())
    assert (make_due(NOW), make_due(NOW)) == (1, 0)


def test_task_makes_what_waits() -> None:
    shipped(assure_ready())
    sweep_copies()
    assert (CopieCarte.objects.filter(pdf=None).count(), SweepRun.objects.get().rows) == (0, 1)


def test_both_parents_of_a_child_get_the_copy_and_nobody_else() -> None:
    author, other = assure_ready(), AssureFactory()
    copie = shipped(author, beneficiaire=ayant_droit(author, other))
    first = signed_in(author).get(url(copie))
    assert signed_in(other).get(url(copie)).content == first.content
    assert signed_in(assure_ready()).get(url(copie)).status_code == 404


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[CopieCarte, datetime], None]:
    """Make a copy with sheets known by their words, not rendered."""
    monkeypatch.setattr(copies.pdf, "render", lambda template, _context: template.encode())
    return lambda copie, now: bool(pdf_of(copie, now)) and None


@pytest.mark.parametrize(
    ("made_at", "printed"),
    [
        (datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), False),  # the change of hour: a day of 23 hours
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), False),
    ],
)
def test_copies_of_a_day_are_printed_by_the_caisse(
    quick: Callable[[CopieCarte, datetime], None], made_at: datetime, *, printed: bool
) -> None:
    copie = shipped(assure_ready())
    quick(copie, made_at)
    day = date(2026, 3, 29)
    assert list(to_print(day, copie.carte.caisse)) == [copie] * printed
    assert list(to_print(day, CaisseFactory(code="301"))) == []


def test_copy_of_a_card_made_elsewhere_is_not_printed(quick: Callable[[CopieCarte, datetime], None]) -> None:
    """There is no order, so no address it was sent to."""
    carte = CarteFactory()
    plan([carte], NOW)
    quick(CopieCarte.objects.whole().get(), NOW)
    assert CopieCarte.objects.get().letter is None
    assert list(to_print(NOW.date(), carte.caisse)) == []


def test_days_mail_holds_the_letter_and_the_copy() -> None:
    author = assure_ready()
    copie = shipped(author)
    pdf_of(copie, NOW)
    letter, page = texts(days_mail(NOW.date(), author.caisse) or b"")
    assert ("12 RUE DES LILAS" in letter, copie.carte.serial in letter) == (True, False)
    assert copie.carte.serial in page
    agent = at_desk(AgentFactory(groups=("droits",)))
    shown = agent.get(reverse("admin:declarations_plipapier_courrier"), {"jour": NOW.date().isoformat()})
    assert (shown.context["plis"], shown.context["lettres"], shown.context["copies"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("state", "reported"),
    [(CarteState.IN_TRANSIT, 1), (CarteState.IN_USE, 1), (CarteState.OPPOSED, 0), (CarteState.ENDED, 0)],
)
def test_page_of_the_cards_leads_to_the_copy(
    assure_client: Client, assure: Assure, state: str, reported: int
) -> None:
    carte = CarteFactory(beneficiaire=assure.beneficiaire, state=state)
    page = assure_client.get(reverse("cartes")).content.decode()
    assert "Copie papier" not in page
    plan([carte], NOW)
    copie = CopieCarte.objects.get()
    page = assure_client.get(reverse("cartes")).content.decode()
    assert page.count(f'href="{url(copie)}"') == 1
    assert page.count(f'href="{reverse("report_error", args=[copie.reference])}"') == reported
