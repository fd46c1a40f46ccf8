"""The code asked for again before a change, and what wrong ones come to (A9)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import Traveller

from accounts.code_recent import ENDED, LATE, TRIES, WRONG
from accounts.enums import Act
from accounts.models import Assure, Session, Trace
from tests.devices import known
from tests.factories import CODE, AssureFactory
from tests.fixtures import code_typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECOND = timedelta(seconds=1)
TEN = timedelta(minutes=10)
ADDRESS = {"voie": "1 RUE NEUVE", "code_postal": "01000", "commune": "Bourg-en-Bresse", "kind": "DEFINITIVE"}
IBAN = "FR7630006000011234567890189"
# What each change sends; the code personnel changes under its own rule.
CHANGES = {
    "address": ADDRESS,
    "email": {"email": "nouvelle@courriel.example"},
    "bank": {"iban": IBAN, "confirm": "1"},
    "export": {},
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    ("ago", "asks"),
    [(timedelta(), False), (TEN - SECOND, False), (TEN, True), (TEN + SECOND, True)],
    ids=["now", "9:59", "10:00", "10:01"],
)
def test_code_is_asked_for_from_ten_minutes_on(
    assure_client: Client, name: str, ago: timedelta, *, asks: bool
) -> None:
    code_typed(assure_client, ago)
    assert ("code" in assure_client.get(reverse(name)).context["form"].fields) == asks
    answer = assure_client.post(reverse(name), CHANGES[name])
    if asks:
        assert answer.context["form"].errors.get_json_data() == {
            "code": [{"message": LATE, "code": "required"}]
        }
    else:
        assert answer.status_code == (200 if name == "export" else 302)


@pytest.mark.parametrize("name", CHANGES)
def test_code_is_asked_for_of_who_never_typed_it_in_this_session(client: Client, name: str) -> None:
    client.force_login(AssureFactory().user, backend="accounts.sign_in.CodePersonnelBackend")
    assert "code" in client.get(reverse(name)).context["form"].fields


@pytest.mark.parametrize("name", ["address", "email", "bank"])
def test_nothing_typed_is_lost_when_the_code_is_asked_for(assure_client: Client, name: str) -> None:
    code_typed(assure_client, TEN)
    sent = CHANGES[name]
    form = assure_client.post(reverse(name), sent).context["form"]
    assert {field: form[field].value() for field in sent if field in form.fields} == {
        field: value for field, value in sent.items() if field in form.fields
    }
    assert 'type="password"' in str(form["code"])
    assert assure_client.post(reverse(name), sent | {"code": CODE}).status_code == 302


def test_code_typed_once_serves_the_next_changes(assure_client: Client, assure: Assure) -> None:
    code_typed(assure_client, TEN)
    assert assure_client.post(reverse("address"), ADDRESS | {"code": CODE}).status_code == 302
    assert assure_client.post(reverse("bank"), CHANGES["bank"]).status_code == 302
    assert Assure.objects.get(pk=assure.pk).iban == IBAN


def test_right_code_is_not_asked_for_again_when_something_else_is_wrong(assure_client: Client) -> None:
    code_typed(assure_client, TEN)
    form = assure_client.post(reverse("email"), {"email": "pas une adresse", "code": CODE}).context["form"]
    assert (list(form.errors), "code" in form.fields) == (["email"], False)


def wrong(client: Client, name: str = "bank") -> object:
    return client.post(reverse(name), CHANGES[name] | {"code": "Faux-2026"})


def test_wrong_code_changes_nothing_and_is_traced(assure_client: Client, assure: Assure) -> None:
    code_typed(assure_client, TEN)
    form = wrong(assure_client).context["form"]
    assert form.errors.get_json_data() == {"code": [{"message": WRONG, "code": "wrong_code"}]}
    row = Trace.objects.get()
    assert (row.act, row.by, row.beneficiaire) == (Act.SIGN_IN_FAILED, assure.user, assure.beneficiaire)
    assure.refresh_from_db()
    assert assure.iban is None


@pytest.mark.parametrize("name", CHANGES)
def test_fifth_wrong_code_ends_the_session(assure_client: Client, assure: Assure, name: str) -> None:
    code_typed(assure_client, TEN)
    assert [wrong(assure_client, name).status_code for _ in range(TRIES - 1)] == [200] * (TRIES - 1)
    last = wrong(assure_client, name)
    assert (last.status_code, last.url) == (302, f"{reverse('sign_in')}?next={reverse(name)}")
    assert ENDED in assure_client.get(last.url).content.decode()
    assert not Session.objects.filter(user=assure.user).exists()
    assert assure_client.get(reverse("profile")).status_code == 302


def test_wrong_codes_count_wherever_they_are_typed(assure_client: Client) -> None:
    code_typed(assure_client, TEN)
    for name in ("bank", "email", "address", "export"):
        wrong(assure_client, name)
    answer = assure_client.post(reverse("code"), {"code": "Faux-2026", "new_code": "Neuf-mots-1"})
    assert (answer.status_code, answer.url) == (302, f"{reverse('sign_in')}?next={reverse('code')}")


def test_right_code_forgives_the_wrong_ones(assure_client: Client, clock: Traveller) -> None:
    code_typed(assure_client, TEN)
    for _ in range(TRIES - 1):
        wrong(assure_client)
    assert assure_client.post(reverse("bank"), CHANGES["bank"] | {"code": CODE}).status_code == 302
    clock.shift(TEN)
    assert [wrong(assure_client).status_code for _ in range(TRIES)] == [200] * (TRIES - 1) + [302]


def test_wrong_codes_of_one_session_shut_no_other(assure_client: Client, assure: Assure) -> None:
    """Who holds a stolen session cannot shut its holder out."""
    holder = Client()
    holder.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    for _ in range(TRIES):
        wrong(assure_client)
    assert wrong(holder).status_code == 200
    assert holder.post(reverse("bank"), CHANGES["bank"] | {"code": CODE}).status_code == 302


def test_sign_in_counts_as_typing_the_code(client: Client, assure: Assure) -> None:
    known(client, assure.user)
    client.post(reverse("sign_in"), {"nir": assure.beneficiaire.nir, "code": CODE})
    assert "code" not in client.get(reverse("email")).context["form"].fields


def test_code_of_another_account_is_wrong(assure_client: Client) -> None:
    AssureFactory().user.set_password("Autre-2026")
    code_typed(assure_client, TEN)
    form = assure_client.post(reverse("bank"), CHANGES["bank"] | {"code": "Autre-2026"}).context["form"]
    assert list(form.errors) == ["code"]
