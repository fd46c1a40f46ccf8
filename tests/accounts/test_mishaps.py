"""What people really do to the pages of the ground floor."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import AdresseKind
from accounts.models import Adresse, Assure
from tests.factories import CODE, DAY, AdresseFactory, AssureFactory, BeneficiaireFactory
from vitale_portal.dates import midnight

pytestmark = pytest.mark.django_db


def test_corrected_nir_signs_its_holder_in() -> None:
    """E7: he comes back with the definitive one."""
    assure = AssureFactory(beneficiaire__nir="7850101001001")
    who = assure.beneficiaire
    who.nir = "2850101001001"
    who.save()
    assert authenticate(None, nir=who.nir, code=CODE) == assure.user
    assert authenticate(None, nir="7850101001001", code=CODE) is None


@pytest.mark.parametrize("nir", ["29611ABC", "2850101000001", "285010100100199", ""])
def test_wrong_nir_is_not_saved_at_the_desk(nir: str) -> None:
    """A8: and in its stored form of 13 characters."""
    with pytest.raises(ValidationError) as refused:
        BeneficiaireFactory.build(nir=nir).full_clean()
    assert "nir" in refused.value.message_dict


def test_provisional_address_sent_back_as_it_is_costs_no_wait(assure_client: Client, assure: Assure) -> None:
    """B3."""
    ends_at = midnight(timezone.localdate() + 90 * DAY)
    AdresseFactory(assure=assure, voie="3 QUAI NEUF", kind=AdresseKind.PROVISOIRE, ends_at=ends_at)
    url = reverse("address")
    form = assure_client.get(url).context["form"]
    posted = {name: form[name].value() or "" for name in form.fields}
    assert assure_client.post(url, posted).status_code == 302
    assert Adresse.objects.filter(assure=assure).count() == 2


@pytest.mark.parametrize("until", ["9999-12-31", "2999-01-01", "0001-01-01"])
def test_end_beyond_reason_is_told(assure_client: Client, until: str) -> None:
    """B2."""
    content = {"voie": "1 RUE NEUVE", "code_postal": "01000", "commune": "Bourg-en-Bresse"}
    response = assure_client.post(reverse("address"), content | {"kind": "PROVISOIRE", "until": until})
    assert response.context["form"].errors.keys() == {"until"}


def test_sign_in_page_left_in_another_tab_lets_one_in(assure: Assure) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    left = f"{reverse('sign_in')}?next={reverse('inbox')}"
    response = client.post(left, {"nir": assure.beneficiaire.nir, "code": CODE}, follow=True)
    assert response.redirect_chain == [(left, 302), (reverse("inbox"), 302)]


def test_postcode_is_read_with_its_space(assure_client: Client, assure: Assure) -> None:
    posted = {
        "voie": "1 RUE NEUVE",
        "code_postal": "01 000",
        "commune": "bourg en bresse",
        "kind": "DEFINITIVE",
    }
    assert assure_client.post(reverse("address"), posted).status_code == 302
    last = assure.adresses.last()
    assert (last.code_postal, last.commune) == ("01000", "Bourg-en-Bresse")
    assert last.usable_at - last.given_at == timedelta(hours=48)


@pytest.mark.parametrize("name", ["dashboard", "inbox", "profile", "order_start"])
def test_page_of_an_assure_is_kept_in_no_cache(assure_client: Client, name: str) -> None:
    """The back button of a shared computer shows nothing of who signed out."""
    assert assure_client.get(reverse(name))["Cache-Control"] == "private, no-store"


def test_public_page_may_be_kept_but_for_the_name_of_who_is_signed_in(
    assure_client: Client,
) -> None:
    assert assure_client.get(reverse("help"))["Cache-Control"] == "private, no-store"
    assert Client().get(reverse("help"))["Cache-Control"] == "private, no-cache"
