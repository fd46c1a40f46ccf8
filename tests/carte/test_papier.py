"""An order that came back on paper: its scans, the rules that apply, what gives way (F6)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Agent, Assure, Message
from carte.commandes import OrderRefused
from carte.eligibilite import PAPER_RULES, examine
from carte.enums import Channel, CommandeState, IdentiteNature, PieceKind, Regle
from carte.images import PictureRefused
from carte.models import Commande, Page, Piece
from carte.papier import Formulaire, scanned, submit_formulaire
from tests.carte.situations import situation_of
from tests.factories import NOW, CarteFactory, assure_ready, ayant_droit, jpeg, whole_draft

pytestmark = pytest.mark.django_db
Files = Callable[[], set[str]]
FORM = Formulaire(
    photo=jpeg(), identite=jpeg(70_000), nature=IdentiteNature.TITRE_SEJOUR, signed_on=date(2026, 10, 29)
)


def scans(assure: Assure, form: Formulaire = FORM) -> Any:
    return scanned(assure=assure, beneficiaire=assure.beneficiaire, formulaire=form, now=NOW)


def submitted(assure: Assure, agent: Agent) -> Commande:
    with scans(assure) as (commande, readings), transaction.atomic():
        submit_formulaire(commande=commande, readings=readings, user=agent.user, now=NOW)
    return commande


def test_rules_on_paper_are_those_f6_names() -> None:
    assert {rule.value for rule in PAPER_RULES} == {"E1", "E3", "E4", "E5", "E6", "E7", "E10"}


@pytest.mark.parametrize("rule", Regle)
def test_rule_applies_on_paper_or_not(rule: Regle) -> None:
    found = [o.regle for o in examine(situation_of([rule]).facts(), NOW, PAPER_RULES).obstacles]
    assert found == ([rule] if rule in PAPER_RULES else [])


def test_scans_are_read_before_anything_is_written(assure: Assure, stored_files: Files) -> None:
    with scans(assure) as (commande, readings):
        pieces = [reading.piece for reading in readings]
        assert (commande.pk, commande.channel, commande.state) == (None, Channel.PAPER, CommandeState.DRAFT)
        assert [(p.pk, p.kind, p.nature) for p in pieces] == [
            (None, PieceKind.PHOTO, ""),
            (None, PieceKind.IDENTITE, IdentiteNature.TITRE_SEJOUR),
        ]
        assert stored_files() == {reading.pages[0].file.name for reading in readings}
    assert (Commande.objects.count(), Piece.objects.count()) == (0, 0)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_whatever_fails_the_files_go(assure: Assure, stored_files: Files, error: type[BaseException]) -> None:
    def fail() -> None:
        with scans(assure):
            assert len(stored_files()) == 2
            raise error

    with pytest.raises(error):
        fail()
    assert stored_files() == set()


def test_second_scan_refused_takes_the_first_file_away(assure: Assure, stored_files: Files) -> None:
    form = Formulaire(**vars(FORM) | {"identite": b"%PDF-1.7 nothing"})
    with pytest.raises(PictureRefused), scans(assure, form):
        pass
    assert stored_files() == set()


def test_order_on_paper_is_whole(assure: Assure, agent: Agent, stored_files: Files) -> None:
    commande = submitted(assure, agent)
    regime = assure.caisse.regime
    stored = Commande.objects.get()
    assert (stored, stored.state, stored.version) == (commande, CommandeState.SUBMITTED, 1)
    assert (stored.signed_on, stored.submitted_at) == (FORM.signed_on, NOW)
    assert (stored.statement_version, stored.adresse) == (regime.statement_version, assure.adresses.get())
    assert stored_files() == set(stored.pieces.values_list("pages__file", flat=True))


def test_order_on_paper_refused_is_rolled_back_with_its_files(
    assure: Assure, agent: Agent, stored_files: Files
) -> None:
    CarteFactory(beneficiaire=assure.beneficiaire)
    draft = whole_draft(author=assure)
    known = stored_files()
    with pytest.raises(OrderRefused) as refusal:
        submitted(assure, agent)
    assert [o.regle for o in refusal.value.answer.obstacles] == [Regle.DECLARATION_NEEDED]
    assert (list(Commande.objects.all()), stored_files(), Message.objects.count()) == ([draft], known, 0)


def test_draft_of_the_same_author_gives_way(
    assure: Assure, agent: Agent, stored_files: Files, django_capture_on_commit_callbacks: Any
) -> None:
    child = ayant_droit(assure)
    whole_draft(author=assure)
    kept = whole_draft(author=assure, beneficiaire=child)
    whole_draft(author=(other := assure_ready()))
    with django_capture_on_commit_callbacks(execute=True):
        commande = submitted(assure, agent)
    left = {(c.author, c.state) for c in Commande.objects.all()}
    assert left == {(assure, "SUBMITTED"), (assure, "DRAFT"), (other, "DRAFT")}
    assert Commande.objects.filter(pk__in=[kept.pk, commande.pk]).count() == 2
    assert stored_files() == set(Page.objects.values_list("file", flat=True))
