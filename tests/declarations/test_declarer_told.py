"""Who is told of a declaration, and what an agent enters (F2, F3, F10)."""

import pytest

from accounts.models import Agent, Assure, Lettre, Message, OutboxMail
from carte.enums import CommandeState
from declarations.enums import DeclarationChannel
from tests.declarations.situations import ONCE, carte_of, declared, rows
from tests.factories import (
    NOW,
    AssureFactory,
    CaisseFactory,
    CommandeFactory,
    assure_ready,
    ayant_droit,
)

pytestmark = pytest.mark.django_db


# --- Who is told (F2, F3, F10) -----------------------------------------------------------------


def test_every_holder_is_told_by_message_and_mail(assure: Assure) -> None:
    other, stranger = assure_ready(), assure_ready()
    child = ayant_droit(assure, other)
    ayant_droit(stranger)
    declared(carte_of(assure, beneficiaire=child), assure)
    told = set(Message.objects.values_list("assure", "notice", "written_at"))
    assert told == {(holder.pk, "declaration_recorded", NOW) for holder in (assure, other)}
    assert set(OutboxMail.objects.values_list("recipient", flat=True)) == {assure.email, other.email}


def test_holder_without_an_account_gets_a_letter(assure: Assure) -> None:
    """F10."""
    on_paper = AssureFactory(user=False)
    child = ayant_droit(assure, on_paper)
    made = declared(carte_of(assure, beneficiaire=child), assure)
    assert [m.assure for m in Message.objects.all()] == [assure]
    lettre = Lettre.objects.get()
    assert (lettre.assure, lettre.about, lettre.written_at, lettre.printed_at, lettre.pdf) == (
        on_paper,
        f"declaration {made.reference}",
        NOW,
        None,
        None,
    )
    assert OutboxMail.objects.get().recipient == assure.email


SAID_LAST = {
    "with a form": (1, "vendredi 6 novembre 2026 à 10 h 00"),
    "without": (0, "est prête dans votre compte, rubrique « Mes démarches »"),
}


@pytest.mark.parametrize(("forms", "words"), SAID_LAST.values(), ids=SAID_LAST)
def test_message_gives_the_due_time_where_a_form_is_planned(assure: Assure, forms: int, words: str) -> None:
    """F3, section 10: in Paris time."""
    if not forms:
        CommandeFactory(author=assure, state=CommandeState.SUBMITTED)
    declared(carte_of(assure), assure, circumstances="dans le bus 12", police_reference="PV-9")
    body = Message.objects.get().body.replace("\u00a0", " ")
    assert ("formulaire papier" in body, words in body) == (bool(forms), True)
    assert [word for word in ("bus 12", "PV-9") if word in body] == []


# --- Entered by an agent (F10) -----------------------------------------------------------------

RECEIVED = [channel for channel in DeclarationChannel if channel != DeclarationChannel.ONLINE]


@pytest.mark.parametrize("channel", RECEIVED)
@pytest.mark.parametrize("account", [True, False], ids=["account", "no account"])
def test_agent_enters_what_he_received_with_the_same_effects(
    agent: Agent, channel: DeclarationChannel, *, account: bool
) -> None:
    author = assure_ready(user=account)
    carte = carte_of(author)
    made = declared(carte, author, channel=channel, user=agent.user)
    event = carte.events.get()
    assert (made.author, made.channel, made.entered_by) == (author, channel, agent)
    assert (event.actor, event.by) == ("AGENT", agent.user)
    told = {"Message": int(account), "OutboxMail": int(account), "Lettre": int(not account)}
    assert rows() == ONCE | told


@pytest.mark.parametrize("channel", RECEIVED)
def test_agent_enters_a_declaration_where_the_regime_has_none_online(
    agent: Agent, channel: DeclarationChannel
) -> None:
    """E2: the card is stopped; no form, for no order is taken here."""
    author = assure_ready(caisse=CaisseFactory(code="MSA-AR"))
    declared(carte_of(author), author, channel=channel, user=agent.user)
    assert rows() == ONCE | {"PliPapier": 0}
