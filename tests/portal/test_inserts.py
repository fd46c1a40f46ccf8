"""INSERT … SELECT: one row for each row the database has, in one statement."""

import pytest
from django.db.models import F

from accounts.models import Message
from carte.models import CommandeEvent
from tests.factories import NOW, AgentFactory, AssureFactory, CommandeFactory
from vitale_portal.inserts import insert_from

pytestmark = pytest.mark.django_db
MOVE = {
    "from_state": "DRAFT",
    "to_state": "SUBMITTED",
    "at": NOW,
    "actor": "AUTHOR",
    "reason": "l’« été » 100 %",
}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_each_row_makes_one_in_one_statement(count: int, django_assert_num_queries: object) -> None:
    orders = [CommandeFactory() for _ in range(count)]
    rows = type(CommandeFactory.build()).objects.order_by("pk")
    with django_assert_num_queries(1):  # type: ignore[operator]
        written = insert_from(CommandeEvent, rows, {"subject": F("pk"), "number": F("version") + 7, **MOVE})
    kept = CommandeEvent.objects.order_by("subject").values_list("subject", "number", "reason", "by")
    assert (written, list(kept)) == (count, [(one.pk, 7, MOVE["reason"], None) for one in orders])


def test_key_of_another_row_is_written_as_it_is() -> None:
    order, user = CommandeFactory(), AgentFactory().user
    columns = {"subject": F("pk"), "number": 1, "by": user.pk, **MOVE}
    insert_from(CommandeEvent, type(order).objects.all(), columns)
    assert CommandeEvent.objects.get().by == user


def test_value_comes_from_a_row_it_is_joined_with() -> None:
    assure = AssureFactory(email="camille@courriel.example")
    same = {"about": "x", "written_at": NOW, "notice": "adresse_usable", "reference": "AAAAAAAAAA"}
    columns = {"assure": F("pk"), "subject": F("email"), "body": F("beneficiaire__nir"), **same}
    insert_from(Message, type(assure).objects.filter(pk=assure.pk), columns)
    message = Message.objects.get()
    assert (message.assure, message.subject, message.body) == (assure, assure.email, assure.beneficiaire.nir)
