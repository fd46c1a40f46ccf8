"""Forms of opening an account and of a forgotten code (A4, A5)."""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db import models

from accounts.code_personnel import RULES_SHOWN
from accounts.fields import NewCodeField, email_field, nir_field
from accounts.models import Assure, User
from accounts.ouverture.code_provisoire import read_code
from accounts.ouverture.preuves import IBAN_DIGITS, OLD_DIGITS, PHOTO_DIGITS, Identity
from vitale_portal.dates import paris
from vitale_portal.forms import OneOfField
from vitale_portal.text import compact

WHERE_NIR = "Sur votre carte Vitale ou vos relevés. Les 13 premiers caractères suffisent."
OLDEST = date(1880, 1, 1)
BORN_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d")


class IdentityForm(forms.Form):
    """Who one is. Only what is typed is judged: nothing is looked up (A4)."""

    nom = forms.CharField(
        label="Nom de famille",
        max_length=80,
        help_text="Votre nom de naissance, comme sur votre attestation de droits.",
        widget=forms.TextInput(attrs={"autocomplete": "family-name", "spellcheck": "false"}),
        error_messages={"required": "Écrivez votre nom de famille."},
    )
    nir = nir_field(WHERE_NIR)
    date_naissance = forms.DateField(
        label="Date de naissance",
        help_text="Jour, mois et année, par exemple 31/01/1950.",
        # Typed, not picked: nobody pages through seventy years of a calendar.
        widget=forms.DateInput(
            attrs={"autocomplete": "bday", "inputmode": "numeric"}, format=BORN_FORMATS[0]
        ),
        input_formats=BORN_FORMATS,
        error_messages={
            "required": "Écrivez votre date de naissance.",
            "invalid": "Écrivez une date comme 31/01/1950, avec quatre chiffres pour l’année.",
        },
    )
    code_postal = forms.CharField(
        label="Code postal",
        max_length=10,
        help_text=(
            "Cinq chiffres. Dans une collectivité d’outre-mer (98…) ou à l’étranger (99…), "
            "celui qui figure sur vos relevés de paiement."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
        error_messages={"required": "Écrivez votre code postal."},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        self.now = now
        super().__init__(*args, **kwargs)

    def clean_date_naissance(self) -> date:
        """Refuse a date nobody alive was born on."""
        born: date = self.cleaned_data["date_naissance"]
        if not OLDEST <= born <= paris(self.now).date():
            raise forms.ValidationError(
                "Cette date de naissance n’est pas possible. Relisez-la.", code="date"
            )
        return born

    def clean_code_postal(self) -> str:
        """Give five digits."""
        code = compact(self.cleaned_data["code_postal"])
        if not re.fullmatch(r"[0-9]{5}", code):
            raise forms.ValidationError(
                "Un code postal compte cinq chiffres, par exemple 01000.", code="code"
            )
        return code

    @property
    def identity(self) -> Identity:
        """Who the form says one is."""
        data = self.cleaned_data
        return Identity(data["nir"], data["nom"], data["date_naissance"], data["code_postal"])


class CardKind(models.TextChoices):
    """Which card one has in hand."""

    PHOTO = "PHOTO", "Ma carte porte ma photo"
    PLAIN = "PLAIN", "Ma carte n’a pas de photo"


def _digits(text: str) -> str:
    """Give what is left without spaces; empty when that is more than digits."""
    found = compact(text)
    return found if re.fullmatch(r"[0-9]+", found) else ""


class ProofForm(forms.Form):
    """The two proofs at once: end of the IBAN, serial of the card (A4)."""

    iban = forms.CharField(
        label=f"Les {IBAN_DIGITS} derniers chiffres de votre IBAN",
        max_length=40,
        help_text="Celui du compte où votre caisse vous rembourse, sur le relevé d’identité bancaire (RIB).",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": f"Écrivez les {IBAN_DIGITS} derniers chiffres de votre IBAN."},
    )
    kind = OneOfField(CardKind, label="Votre carte Vitale", missing="Dites si votre carte porte votre photo.")
    serial = forms.CharField(
        label="Numéro de série de la carte",
        max_length=40,
        help_text=(
            f"Avec photo : les {PHOTO_DIGITS} derniers chiffres, au recto, sur le côté. Sans photo : "
            f"tous les chiffres, de {OLD_DIGITS[0]} à {OLD_DIGITS[1]}, au verso, en haut à gauche."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": "Écrivez le numéro de série de votre carte."},
    )

    def clean_iban(self) -> str:
        """Give the last digits; who types the whole IBAN is understood."""
        digits = re.sub(r"[^0-9]", "", compact(self.cleaned_data["iban"]))
        if len(digits) < IBAN_DIGITS:
            sentence = (
                f"Vous avez écrit {len(digits)} chiffres, il en faut {IBAN_DIGITS} : les derniers de l’IBAN."
            )
            raise forms.ValidationError(sentence, code="iban")
        return digits[-IBAN_DIGITS:]

    def clean(self) -> dict[str, Any]:
        """Check that there are as many digits as the kind of card has."""
        data = super().clean() or {}
        if data.get("kind") and data.get("serial"):
            self._check_serial(data)
        return data

    def _check_serial(self, data: dict[str, Any]) -> None:
        digits, least, most = _digits(data["serial"]), *OLD_DIGITS
        if not digits:
            sentence = "Le numéro de série ne contient que des chiffres."
        elif self.with_photo and len(digits) < PHOTO_DIGITS:
            sentence = (
                f"Vous avez écrit {len(digits)} chiffres, il en faut {PHOTO_DIGITS} : les derniers du "
                "numéro, au recto de la carte."
            )
        elif not self.with_photo and not least <= len(digits) <= most:
            sentence = (
                f"Vous avez écrit {len(digits)} chiffres, une carte sans photo en porte de {least} à {most}, "
                "au verso."
            )
        else:
            data["serial"] = digits[-PHOTO_DIGITS:] if self.with_photo else digits
            return
        self.add_error("serial", forms.ValidationError(sentence, code="serial"))

    @property
    def with_photo(self) -> bool:
        """Whether the card has a photo."""
        return bool(self.cleaned_data.get("kind") == CardKind.PHOTO)


class ProvisionalCodeForm(forms.Form):
    """NIR and provisional code. A slip in the code is told without asking anything of the database."""

    nir = nir_field(WHERE_NIR)
    code = forms.CharField(
        label="Code provisoire",
        max_length=40,
        help_text="Douze lettres et chiffres, sur la lettre ou remis au guichet. Les tirets ne comptent pas.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"}
        ),
        error_messages={"required": "Écrivez votre code provisoire."},
    )

    def clean_code(self) -> str:
        """Give the code in its one form."""
        code = read_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                "Ce code est mal recopié : un caractère est faux, manque ou est en trop. Comparez-le avec la "
                "lettre, groupe par groupe. Cet essai ne compte pas.",
                code="typo",
            )
        return code


class TermsForm(forms.Form):
    """The terms of use, ticked."""

    accepted = forms.BooleanField(
        label="J’ai lu les conditions d’utilisation et je les accepte.",
        error_messages={"required": "Cochez la case pour accepter les conditions d’utilisation."},
    )


class NewCodeForm(forms.Form):
    """A code personnel to choose, under the rules of A2."""

    code = NewCodeField(
        label="Votre code personnel", error_messages={"required": "Choisissez un code personnel."}
    )
    rules = RULES_SHOWN

    def __init__(self, *args: Any, assure: Assure, **kwargs: Any) -> None:
        self.assure = assure
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """Judge it by the validators of A2."""
        code: str = self.cleaned_data["code"]
        validate_password(code, User(assure=self.assure))
        return code


class EmailForm(forms.Form):
    """The address of one's mailbox."""

    email = email_field(
        "Adresse électronique",
        required="Écrivez votre adresse électronique.",
        help_text="La vôtre seule : chaque compte a sa propre adresse, même dans une famille.",
    )


class ForgottenForm(forms.Form):
    """Whose code is forgotten."""

    nir = nir_field(WHERE_NIR)
