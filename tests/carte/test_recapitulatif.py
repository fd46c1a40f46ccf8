"""The recap of an order sent online: its words, whose it is, the same bytes for ever (section 7, step 5)."""

import hashlib
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Adresse, Assure, Regime, SweepRun
from carte import recapitulatif
from carte.commandes import submit_commande
from carte.enums import Channel, CommandeState, PieceKind
from carte.models import Commande, Piece, Recapitulatif
from carte.recapitulatif import make_due, pdf_of, sent_pieces
from carte.tasks import sweep_recapitulatifs
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AssureFactory,
    CommandeFactory,
    PieceFactory,
    ayant_droit,
    explained,
    whole_draft,
)
from tests.pdfs import texts
from vitale_portal.dates import long_date, long_datetime
from vitale_portal.references import display

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]


def sent(assure: Assure, **fields: object) -> Commande:
    return submit_commande(commande=whole_draft(author=assure, **fields), now=NOW)


def words(commande: Commande) -> str:
    return " ".join(texts(pdf_of(Recapitulatif.objects.whole().get(commande=commande), NOW)))


def url(commande: Commande) -> str:
    return reverse("order_recapitulatif", args=[commande.reference])


def test_recap_says_what_was_sent(assure: Assure) -> None:
    commande = sent(assure)
    page = words(commande)
    regime = assure.caisse.regime
    shown = [
        display(commande.reference), str(assure.beneficiaire), assure.beneficiaire.nir_value.masked,
        "12 RUE DES LILAS", "01000 Bourg-en-Bresse", "Fichier « photo.jpg »",
        "Passeport, fichier « photo.jpg »", assure.caisse.nom,
        regime.statement_version, long_datetime(NOW), long_date(commande.expected_at), "L114-13",
    ]  # fmt: skip
    assert [one for one in shown if " ".join(one.split()) not in page] == []
    assert assure.beneficiaire.nir_value.formatted not in page


def test_recap_of_an_order_without_photo_tells_nothing_of_why(assure: Assure) -> None:
    """P7."""
    draft = CommandeFactory(author=assure)
    explained(draft)
    PieceFactory(commande=draft, kind=PieceKind.IDENTITE)
    page = words(submit_commande(commande=draft, now=NOW))
    assert "Sans photo, avec votre explication" in page
    assert "contrôle votre explication et la pièce d’identité" in page
    assert "lit depuis" not in page


def test_sending_writes_one_row_and_renders_nothing(assure: Assure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(recapitulatif.pdf, "render")
    commande = sent(assure)
    submit_commande(commande=commande, now=NOW + HOUR)  # C2
    recap = Recapitulatif.objects.get()
    assert (recap.commande, recap.pdf, recap.sha256, recap.made_at) == (commande, None, "", None)


def test_order_on_paper_has_no_recap(assure: Assure) -> None:
    sent(assure, channel=Channel.PAPER)
    assert not Recapitulatif.objects.exists()


def test_bytes_stay_the_same_whatever_changes(assure_client: Client, assure: Assure) -> None:
    commande = sent(assure)
    first = assure_client.get(url(commande))
    assert (first["Content-Type"], first["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert first["Content-Disposition"] == f'attachment; filename="recapitulatif-{commande.reference}.pdf"'
    Adresse.objects.update(voie="1 RUE NEUVE")
    Regime.objects.update(statement_text="Autre loi")
    Piece.objects.all().delete()
    assert assure_client.get(url(commande)).content == first.content
    recap = Recapitulatif.objects.get()
    assert recap.sha256 == hashlib.sha256(first.content).hexdigest()


def test_recap_made_twice_keeps_the_bytes_of_the_first(assure: Assure) -> None:
    """Whoever is second gets what the first stored."""
    sent(assure)
    slow = Recapitulatif.objects.whole().get()
    first = pdf_of(Recapitulatif.objects.whole().get(), NOW)
    assert pdf_of(slow, NOW + DAY) == first
    assert slow.made_at == NOW


def test_sweep_makes_what_waits_and_then_finds_nothing(assure: Assure) -> None:
    sent(assure)
    assert (make_due(NOW), make_due(NOW)) == (1, 0)
    recap = Recapitulatif.objects.get()
    assert (bytes(recap.pdf)[:5], recap.made_at) == (b"%PDF-", NOW)


def test_task_makes_what_waits(assure: Assure) -> None:
    sent(assure)
    sweep_recapitulatifs()
    assert (Recapitulatif.objects.filter(pdf=None).count(), SweepRun.objects.get().rows) == (0, 1)


def test_recap_that_fails_leaves_the_others(assure: Assure, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(assure)
    child = sent(assure, beneficiaire=ayant_droit(assure))

    def render(_template: str, context: dict[str, Commande]) -> bytes:
        if context["commande"] != child:
            raise ValueError
        return b"%PDF-1.7"

    monkeypatch.setattr(recapitulatif.pdf, "render", render)
    assert make_due(NOW) == 1
    assert Recapitulatif.objects.exclude(pdf=None).get().commande == child


@pytest.mark.parametrize(
    ("deposited_at", "replaced_at", "kept"),
    [
        (NOW - HOUR, None, True),
        (NOW, None, True),
        (NOW - HOUR, NOW + HOUR, True),  # refused later: it is what was sent
        (NOW - DAY, NOW, False),
        (NOW + HOUR, None, False),  # its replacement (D2)
    ],
)
def test_pieces_are_those_that_left_with_the_order(
    assure: Assure, deposited_at: datetime, replaced_at: datetime | None, *, kept: bool
) -> None:
    commande = CommandeFactory(author=assure, state=CommandeState.SUBMITTED, submitted_at=NOW)
    piece = PieceFactory(commande=commande, deposited_at=deposited_at, replaced_at=replaced_at)
    assert sent_pieces(commande) == [piece] * kept


def test_recap_is_its_authors_alone(client: Client, assure: Assure) -> None:
    """Section 7: the other holder sees state and dates only."""
    other = AssureFactory()
    commande = sent(assure, beneficiaire=ayant_droit(assure, other))
    client.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    assert client.get(commande.get_absolute_url()).status_code == 200
    assert client.get(url(commande)).status_code == 404
    assert Recapitulatif.objects.get().pdf is None


def test_draft_has_no_recap(assure_client: Client, assure: Assure) -> None:
    assert assure_client.get(url(whole_draft(author=assure))).status_code == 404


def test_confirmation_leads_to_the_recap(assure_client: Client, assure: Assure) -> None:
    commande = sent(assure)
    page = assure_client.get(reverse("order_confirmation", args=[commande.reference])).content.decode()
    assert page.count(f'href="{url(commande)}"') == 1


def test_recap_stays_within_reach_once_the_confirmation_is_closed(
    assure_client: Client, assure: Assure
) -> None:
    """Section 7, step 5: the tracking and « Mes démarches » lead to it, and to one's own alone."""
    own = sent(assure)
    child = ayant_droit(assure, parent := AssureFactory())
    theirs = CommandeFactory(author=parent, beneficiaire=child, state=CommandeState.SUBMITTED)
    Recapitulatif.objects.create(commande=theirs)
    on_paper = CommandeFactory(
        author=assure, beneficiaire=ayant_droit(assure), state=CommandeState.REJECTED, channel=Channel.PAPER
    )
    pages = [
        assure_client.get(address).content.decode()
        for address in (own.get_absolute_url(), theirs.get_absolute_url(), on_paper.get_absolute_url())
    ]
    assert [url(one) in page for one, page in zip((own, theirs, on_paper), pages, strict=True)] == [
        True, False, False,
    ]  # fmt: skip
    downloads = assure_client.get(reverse("demarches")).content.decode()
    assert [url(one) in downloads for one in (own, theirs, on_paper)] == [True, False, False]
