"""What goes to the print room, and every document from real rows (F4, F6, F8 to F10)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Assure, Lettre
from declarations import courrier
from declarations.attestation import pdf_of
from declarations.courrier import days_mail, print_lettres
from declarations.impression import blank_declaration, pli_pdf
from declarations.models import Attestation, PliPapier
from declarations.plis import send_due
from declarations.tasks import sweep_attestations, sweep_lettres, sweep_plis, sweep_unasked
from tests.declarations.situations import carte_of, declared, declared_form
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    AssureFactory,
    CaisseFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
)
from tests.pdfs import fields, opened, texts
from vitale_portal import pdf
from vitale_portal.references import display

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def lettre(assure: Assure | None = None, **fields: Any) -> Lettre:
    """A letter that waits, to an assuré without an account."""
    facts = {"notice": "declaration_recorded", "subject": "s", "body": "b", "written_at": NOW} | fields
    return Lettre.objects.create(assure=assure or assure_ready(user=False), about=str(len(facts)), **facts)


def test_fixture_tells_a_transaction_of_ours_from_the_test_s(paper: list[str]) -> None:
    """What lets other tests say that nothing is rendered inside a transaction."""
    pdf.render("pdf/lettre.html", {})
    with pytest.raises(pytest.fail.Exception), transaction.atomic():
        pdf.render("pdf/lettre.html", {})
    assert len(paper) == 1


# --- Letters (F10) -----------------------------------------------------------------------------


def test_letter_is_printed_once(paper: list[str]) -> None:
    one = lettre()
    assert (print_lettres(NOW), print_lettres(NOW + HOUR)) == (1, 0)
    one.refresh_from_db()
    assert (one.printed_at, bytes(one.pdf)) == (NOW, b"%PDF-1.7 pdf/lettre.html 1 False")
    assert paper == ["pdf/lettre.html"]


@pytest.mark.usefixtures("paper")
@pytest.mark.parametrize("mark", [{"npai_since": NOW}, {"withdrawn_at": NOW}], ids=["B4 NPAI", "none"])
def test_letter_waits_for_an_address(mark: dict[str, Any]) -> None:
    one = lettre()
    one.assure.adresses.update(**mark)
    assert print_lettres(NOW) == 0
    AdresseFactory(assure=one.assure, voie="1 PLACE NEUVE", given_at=NOW, usable_at=NOW + HOUR)
    assert (print_lettres(NOW + HOUR - SECOND), print_lettres(NOW + HOUR)) == (0, 1)


@pytest.mark.usefixtures("paper")
def test_letter_waits_for_no_other_that_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courrier, "BATCH", 2)
    for _ in range(3):
        lettre(AssureFactory(user=False), written_at=NOW - DAY)
    lettre()
    assert [print_lettres(NOW), print_lettres(NOW)] == [1, 0]


# --- From real rows, rendered for good ---------------------------------------------------------


def text_of(content: bytes) -> str:
    return " ".join(texts(content)).replace("\u00a0", " ")


def pages_of(content: bytes) -> int:
    return len(texts(content))


def test_documents_are_made_from_what_declaring_wrote() -> None:
    """F4, F5, F9, F10: every name the templates ask for is there."""
    ayant_droit(author := assure_ready(), on_paper := assure_ready(user=False))
    child = on_paper.rattachements.get(lien="AYANT_DROIT").beneficiaire
    made = declared(carte_of(author, beneficiaire=child), author)
    attested = text_of(pdf_of(Attestation.objects.get()))
    known = [display(made.reference), made.carte.serial, child.nom, display(made.attestation.code)]
    assert [one for one in known if one not in attested] == []
    assert "2 novembre 2026 à 10 h 00" in attested
    assert (send_due(NOW + 4 * DAY), print_lettres(NOW + 4 * DAY)) == (1, 1)
    pli, letter = PliPapier.objects.get(), Lettre.objects.get()
    form, letter_text = text_of(bytes(pli.pdf)), text_of(bytes(letter.pdf))
    assert [one for one in (display(pli.reference), child.nom, "12 RUE DES LILAS") if one not in form] == []
    assert [one for one in (letter.subject, "12 RUE DES LILAS") if one not in letter_text] == []


@pytest.mark.parametrize("code", ["011", "CFE", "CNMSS"])
def test_attestation_of_rights_names_the_household(code: str) -> None:
    """F9."""
    assure = assure_ready(caisse=CaisseFactory(code=code))
    child = ayant_droit(assure, prenoms="Zoé")
    made = Attestation.objects.create(
        kind="DROITS",
        assure=assure,
        beneficiaire=assure.beneficiaire,
        requested_at=NOW,
        code="C8N3N58ZY01DAJWM",  # letters that a kerned line sets apart
    )
    said = text_of(pdf_of(made))
    assert [
        one for one in (assure.beneficiaire.nom, child.nom, "Zoé", display(made.code)) if one not in said
    ] == []


def test_unasked_form_is_made_too() -> None:
    pli = PliFactory(unasked=True)
    assert send_due(NOW) == 1
    pli.refresh_from_db()
    assert display(pli.reference) in text_of(bytes(pli.pdf))


@pytest.mark.parametrize("himself", [True, False])
def test_form_knows_whether_its_reader_is_its_beneficiary(*, himself: bool) -> None:
    assure = assure_ready()
    carte = carte_of(assure) if himself else carte_of(assure, beneficiaire=ayant_droit(assure))
    pli = declared(carte, assure).pli
    (letter, _form) = texts(pli_pdf(pli, ["Camille DURAND"], NOW))
    said = [words in letter for words in ("Votre carte Vitale a été déclarée", "Sa carte Vitale a été")]
    assert said == [himself, not himself]


def test_blank_declaration_has_fields_to_fill_in() -> None:
    """F8."""
    with opened(blank_declaration()) as document:
        assert {kind for kind, _ in fields(document)} == {"/Tx", "/Btn"}


# --- The day's mail (F6) -----------------------------------------------------------------------

MIDNIGHT = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)  # 2 November starts in Paris
DAYS = {
    "the second before the day": (MIDNIGHT - SECOND, 0),
    "its first second": (MIDNIGHT, 1),
    "its last second": (MIDNIGHT + DAY - SECOND, 1),
    "the next day": (MIDNIGHT + DAY, 0),
}


@pytest.mark.parametrize(("at", "sheets"), DAYS.values(), ids=DAYS)
def test_day_s_mail_is_by_the_day_in_paris(at: datetime, sheets: int) -> None:
    pli = PliFactory(unasked=True, due_at=at)
    send_due(at)
    pli.refresh_from_db()
    found = days_mail(date(2026, 11, 2), pli.assure.caisse)
    assert (found is not None, pages_of(found) if found else 0) == (
        bool(sheets),
        sheets * pages_of(bytes(pli.pdf)),
    )


def test_day_s_mail_holds_forms_and_letters_of_the_caisse() -> None:
    one = assure_ready(user=False)
    pli = declared_form(one)
    elsewhere = assure_ready(user=False, caisse=CaisseFactory(code="301"))
    lettre(elsewhere, written_at=NOW)
    send_due(NOW + 4 * DAY)
    print_lettres(NOW + 4 * DAY)
    pli.refresh_from_db()
    printed = [bytes(pli.pdf), *(bytes(row.pdf) for row in one.lettres.all())]
    found = days_mail(date(2026, 11, 6), one.caisse)
    assert (len(printed), pages_of(found)) == (2, sum(map(pages_of, printed)))


# --- Sweeps as Celery calls them ---------------------------------------------------------------


@pytest.mark.usefixtures("paper")
def test_sweeps_run_by_the_clock_and_twice() -> None:
    newcomer, on_paper = assure_ready(user=False), assure_ready(user=False)
    declared_form(on_paper)  # due four days after NOW, which is past or soon
    for _ in range(2):
        for sweep in (sweep_unasked, sweep_plis, sweep_attestations, sweep_lettres):
            sweep()
    sent = PliPapier.objects.get(assure=newcomer)
    assert (sent.state, sent.version, Attestation.objects.filter(pdf=None).count()) == ("SENT", 1, 0)
    assert [bool(row.pdf) for row in on_paper.lettres.all()] == [True]
