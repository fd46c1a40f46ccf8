"""The demonstration: each rule has its identity, now, weeks later, and after the next start."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.management import call_command
from django.test import Client

from accounts.adresses import give_adresse
from accounts.enums import AdresseKind
from accounts.models import Adresse, Agent, Assure, Beneficiaire, Message, OutboxMail, Regime, User
from accounts.nir import Nir
from carte.corrections import correct_piece, send_correction
from carte.enums import CommandeState, Motif, PieceKind, Regle
from carte.fabrication.poste import deliver_due
from carte.fabrication.renvois import returns_due
from carte.models import Carte, Commande, Piece
from carte.relances import remind_and_close
from declarations.models import Attestation, Declaration, PliPapier
from suivi.demonstration.identities import AGENTS, CODE, ROLES
from suivi.demonstration.load import Demonstration, load, read_listing
from suivi.demonstration.pictures import photo
from tests.suivi.listing import (
    MONTH,
    NOW,
    all_promised,
    all_read,
    answer_for,
    assure_of,
    entry_of,
    read_rule,
    send_order,
)
from vitale_portal.transitions import Actor, Step, move

RULES = sorted([*Regle.values, *Motif.values])
MODELS = (Adresse, Agent, Assure, Attestation, Beneficiaire, Carte, Commande, Declaration)
MODELS += (Message, OutboxMail, Piece, PliPapier, Regime, User)


# --- The identities show what they promise -------------------------------------------------


def test_every_rule_and_reason_has_an_identity(loaded: Demonstration) -> None:
    assert sorted({entry.rule for entry in loaded.assures}) == RULES


def test_every_identity_shows_its_rule_alone_for_weeks(loaded: Demonstration) -> None:
    for days in (0, 1, 20, 60):
        assert all_read(loaded, NOW + timedelta(days=days)) == all_promised(loaded)


def test_load_arms_again_what_has_passed(loaded: Demonstration) -> None:
    for later in (MONTH, 5 * MONTH, 48 * MONTH):
        assert load(NOW + later) == loaded
        assert all_read(loaded, NOW + later + timedelta(days=60)) == all_promised(loaded)


def test_command_a_month_later_arms_again(db: None, var_dir: Path) -> None:  # noqa: ARG001
    with time_machine.travel(NOW, tick=False):
        call_command("demonstration", stdout=io.StringIO())
    with time_machine.travel(NOW + MONTH, tick=False):
        call_command("demonstration", stdout=io.StringIO())
    listing = read_listing()
    assert listing is not None
    assert all_read(listing, NOW + MONTH + timedelta(days=20)) == all_promised(listing)


def test_first_identity_may_order(loaded: Demonstration) -> None:
    assert answer_for(loaded.assures[0], NOW).may_send is True


def test_child_is_ordered_for_by_both_parents(loaded: Demonstration) -> None:
    parents = [entry for entry in loaded.assures if entry.beneficiaire == "Maël"]
    assert [entry.rule for entry in parents] == ["FIRST", "FIRST"]
    assert len({entry.nir for entry in parents}) == 2


# --- What people did stays, and the role passes on ------------------------------------------


def test_second_load_creates_nothing(loaded: Demonstration, stored_files: Callable[[], set[str]]) -> None:
    before = [model.objects.count() for model in MODELS], stored_files()
    assert load(NOW + timedelta(minutes=1)) == loaded
    assert ([model.objects.count() for model in MODELS], stored_files()) == before


def test_identity_that_ordered_is_kept_and_replaced(loaded: Demonstration) -> None:
    used = loaded.assures[0]
    commande = send_order(used, NOW)
    again = load(NOW + MONTH)
    assert [Nir.parse(one.assures[0].nir).value for one in (loaded, again)] == [
        "2840601053101",
        "2840601053102",
    ]
    assert all_read(again, NOW + MONTH) == all_promised(again)
    assert read_rule(used, NOW + MONTH) == ["E1"]
    commande.refresh_from_db()
    assert commande.state == CommandeState.SUBMITTED


def test_e1_order_that_was_cancelled_is_sent_again_by_the_same_person(loaded: Demonstration) -> None:
    assure = assure_of(entry_of(loaded, "E1"))
    move(assure.commandes.get(), Step(to=CommandeState.CANCELLED, actor=Actor.AUTHOR, at=NOW))
    assert load(NOW + MONTH) == loaded
    assert read_rule(entry_of(loaded, "E1"), NOW + MONTH) == ["E1"]
    assert list(assure.commandes.values_list("state", flat=True)) == ["SUBMITTED", "CANCELLED"]


ETATS = [role for role in ROLES if role.etat]


def test_orders_stand_where_their_identities_promise_and_no_sweep_takes_them_away(
    loaded: Demonstration,  # noqa: ARG001
) -> None:
    for at in (NOW, NOW + MONTH):
        load(at)
        remind_and_close(at + MONTH)
        deliver_due(at + MONTH)
        returns_due(at + MONTH)
        found = {c.beneficiaire.prenoms: c.state for c in Commande.objects.select_related("beneficiaire")}
        assert [found[role.holders[0].prenoms] for role in ETATS] == [role.etat for role in ETATS]
    assert len(ETATS) == 4


def test_identity_whose_order_was_corrected_is_kept_and_replaced(loaded: Demonstration) -> None:
    commande = Commande.objects.get(state=CommandeState.TO_CORRECT)
    correct_piece(commande=commande, kind=PieceKind.PHOTO, data=photo(), label="a.jpg", now=NOW)
    send_correction(commande=commande, user=commande.author.user, now=NOW)
    again = load(NOW + MONTH)
    assert all_read(again, NOW + MONTH) == all_promised(again)
    assert len({one.nir for one in again.assures} - {one.nir for one in loaded.assures}) == 1
    assert Commande.objects.get(pk=commande.pk).state == CommandeState.SUBMITTED


def test_identities_that_gave_an_address_are_replaced(loaded: Demonstration) -> None:
    rules = ("E8", "E9", "E12")
    used = [entry_of(loaded, rule) for rule in rules]
    content = {"voie": "9 rue Neuve", "code_postal": "01000", "commune": "Bourg-en-Bresse"}
    content |= dict.fromkeys(("complement", "batiment", "lieu_dit"), "")
    for one in map(assure_of, used):
        give_adresse(assure=one, content=content, kind=AdresseKind.DEFINITIVE, ends_at=None, now=NOW)
    again = load(NOW + MONTH)
    assert {entry.nir for entry in used} & {entry.nir for entry in again.assures} == set()
    assert all_read(again, NOW + MONTH) == all_promised(again)
    assert [read_rule(entry, NOW + MONTH) for entry in used] == [["FIRST"]] * 3


def test_identities_that_ordered_after_their_wait_are_left_alone(loaded: Demonstration) -> None:
    used, later = [entry_of(loaded, rule) for rule in ("E11", "E12")], NOW + 4 * MONTH
    for entry in used:
        send_order(entry, later)
    again = load(later)
    assert [read_rule(entry, later) for entry in used] == [["E1"], ["E1"]]
    assert all_read(again, later) == all_promised(again)


# --- Who they are ---------------------------------------------------------------------------


def test_nir_agrees_with_birth_date() -> None:
    people = [who for role in ROLES for who in (*role.holders, role.child) if who]
    assert [who.nir[1:5] for who in people] == [f"{who.naissance:%y%m}" for who in people]
    assert len({who.nir[:10] for who in people}) == len(people)


def test_code_passes_the_validators_for_everyone(loaded: Demonstration) -> None:  # noqa: ARG001
    for user in User.objects.all():
        validate_password(CODE, user)


def test_every_identity_opens_its_account(loaded: Demonstration, visitor: Client) -> None:
    for entry in loaded.assures:
        visitor.logout()
        answer = visitor.post("/connexion/", {"nir": entry.nir, "code": entry.code})
        assert (answer.status_code, answer["Location"]) == (302, "/accueil/")


def test_agents_have_their_group_and_caisse(loaded: Demonstration) -> None:
    rows = User.objects.filter(agent__isnull=False).order_by("identifiant")
    found = [(u.identifiant, u.groups.get().name, u.agent.caisse.nom) for u in rows]
    assert found == [(entry.identifiant, entry.groupe, entry.caisse) for entry in loaded.agents]
    assert [groupe for _, groupe, _ in found] == [agent.groupe for agent in AGENTS]
    assert {"contrôle", "droits", "supervision", "audit"} == {groupe for _, groupe, _ in found}
    assert all(u.check_password(entry.mot_de_passe) for u, entry in zip(rows, loaded.agents, strict=True))
