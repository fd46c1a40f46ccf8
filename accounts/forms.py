"""Forms of the ground floor."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from accounts.adresses import earliest_end
from accounts.code_recent import CodeRecentMixin
from accounts.communes import communes_of, match
from accounts.enums import AdresseKind
from accounts.fields import nir_field
from accounts.models import Adresse, Assure, User
from accounts.models.adresse import CONTENT, LINE_MAX
from accounts.sign_in.devices import TRUST
from accounts.sign_in.second_step import DIGITS
from vitale_portal.dates import long_date, midnight, paris
from vitale_portal.forms import DayField

LONGEST = timedelta(days=3653)  # of a provisional address

WRONG_PAIR = "Le numéro de sécurité sociale ou le code personnel ne convient pas. Vérifiez les deux."


class SignInForm(forms.Form):
    """NIR and code personnel. What is wrong of the two is never told (A1)."""

    nir = nir_field("Les 13 premiers caractères suffisent, par exemple 1 56 10 01 053 001.")
    code = forms.CharField(
        label="Code personnel",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Écrivez votre code personnel."},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Sign in, or say that the pair does not fit."""
        data = super().clean() or {}
        if not self.errors:
            user = authenticate(self.request, nir=data["nir"], code=data["code"])
            if not isinstance(user, User):
                raise forms.ValidationError(WRONG_PAIR, code="wrong_pair")
            self.user = user
        return data


class DigitsField(forms.CharField):
    """Six digits, with spaces or without (A11)."""

    def to_python(self, value: Any) -> str:
        """Normalise and check once; what is not six digits costs no try."""
        text = "".join((super().to_python(value) or "").split())
        if text and not (len(text) == DIGITS and text.isascii() and text.isdigit()):
            raise forms.ValidationError(f"Écrivez les {DIGITS} chiffres du code reçu.", code="digits")
        return text


class SecondStepForm(forms.Form):
    """The six digits sent by mail, and whether to trust the device."""

    digits = DigitsField(
        label="Code reçu",
        help_text=f"{DIGITS} chiffres, dans le dernier courriel reçu.",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
        error_messages={"required": f"Écrivez les {DIGITS} chiffres du code reçu."},
    )
    trust = forms.BooleanField(
        label=f"Faire confiance à cet appareil pendant {TRUST.days} jours",
        help_text="Pour un appareil à vous seul, pas un appareil partagé : le code n’y est plus demandé.",
        required=False,
    )

    def refuse(self, tries: int) -> None:
        """Say that the code does not fit, and how many tries are left; with none, to ask for another."""
        if tries:
            s = "s" if tries > 1 else ""
            sentence = f"Ce code ne convient pas. Vérifiez-le\N{NO-BREAK SPACE}: il reste {tries} essai{s}."
        else:
            sentence = "Ce code ne sert plus. Demandez-en un nouveau."
        self.add_error("digits", forms.ValidationError(sentence, code="wrong_digits" if tries else "over"))


class AdresseForm(CodeRecentMixin, forms.ModelForm[Adresse]):
    """A postal address in France, on lines as NF Z10-011 has them (B2), with the code if need be (A9)."""

    until = DayField(
        label="Jusqu’au",
        required=False,
        help_text="Dernier jour à cette adresse. L’adresse définitive sert de nouveau ensuite.",
        error_messages={"invalid": "Écrivez une date comme 31/01/2027."},
    )

    code_postal = forms.CharField(
        label="Code postal",
        max_length=10,
        help_text="Cinq chiffres, en France métropolitaine ou outre-mer.",
        widget=forms.TextInput(
            attrs={"autocomplete": "postal-code", "inputmode": "numeric", "maxlength": 10}
        ),
        error_messages={"required": "Écrivez le code postal."},
    )

    field_order = ("voie", "complement", "batiment", "lieu_dit", "code_postal", "commune", "kind", "until")

    class Meta:
        model = Adresse
        fields = (*CONTENT, "kind")
        widgets = {
            "voie": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "complement": forms.TextInput(attrs={"autocomplete": "address-line2"}),
            "batiment": forms.TextInput(attrs={"autocomplete": "address-line3"}),
            "commune": forms.TextInput(attrs={"autocomplete": "address-level2", "list": "communes"}),
            "kind": forms.RadioSelect,
        }
        help_texts = {
            "voie": f"Par exemple 12 RUE DES LILAS. {LINE_MAX} caractères au plus par ligne.",
        }
        error_messages = {
            "voie": {"required": "Écrivez le numéro et le nom de la voie."},
            "commune": {"required": "Écrivez la commune."},
        }

    def __init__(self, *args: Any, assure: Assure, **kwargs: Any) -> None:
        self.assure = assure
        super().__init__(*args, **kwargs)
        for name in ("voie", "complement", "batiment", "lieu_dit"):
            # A line cut in silence by the browser would send the card elsewhere: it is told instead.
            self.fields[name].widget.attrs.pop("maxlength", None)
            self.fields[name].error_messages["max_length"] = (
                f"Cette ligne a %(show_value)d caractères, une adresse postale en prend {LINE_MAX} au plus. "
                "Abrégez, ou utilisez une autre ligne."
            )
        self.fields["kind"].choices = AdresseKind.choices  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(adresse: Adresse | None) -> dict[str, Any]:
        """Give the form an address to confirm or change: sent back as it is, it is unchanged (B3)."""
        if adresse is None:
            return {"kind": AdresseKind.DEFINITIVE}
        return {"kind": adresse.kind, "until": adresse.last_day, **adresse.content}

    def clean_code_postal(self) -> str:
        """Refuse what is not a French postcode, with the reason (B2)."""
        code: str = self.cleaned_data["code_postal"].replace(" ", "")
        if not communes_of(code):
            raise forms.ValidationError(
                f"« {code} » n’est pas un code postal en France. La carte n’est envoyée qu’à une "
                "adresse en France, définitive ou provisoire : indiquez celle d’un proche, ou contactez "
                "votre caisse.",
                code="abroad",
            )
        return code

    def clean(self) -> dict[str, Any]:
        """Check what goes together: postcode and commune, provisional and its end (B2)."""
        data = super().clean() or {}
        if data.get("code_postal") and data.get("commune"):
            self._check_commune(data)
        provisional = data.get("kind") == AdresseKind.PROVISOIRE
        if provisional and "until" in data:
            self._check_until(data["until"])
        until = data.get("until") if "until" not in self.errors else None
        self.instance.ends_at = midnight_after(until) if provisional and until else None
        return data

    def _check_commune(self, data: dict[str, Any]) -> None:
        commune = match(data["code_postal"], data["commune"])
        if commune is None:
            code, there = data["code_postal"], ", ".join(communes_of(data["code_postal"]))
            named = data["commune"]
            sentence = f"{code} n’est pas le code postal de « {named} ». Il dessert : {there}."
            self.add_error("commune", forms.ValidationError(sentence, code="commune"))
        else:
            data["commune"] = commune

    def _check_until(self, until: date | None) -> None:
        earliest = earliest_end(self.assure, self.now)
        latest = paris(self.now).date() + LONGEST
        if until is None:
            sentence = "Écrivez jusqu’à quel jour vous êtes à cette adresse."
            self.add_error("until", forms.ValidationError(sentence, code="until_required"))
        elif until > latest:
            sentence = (
                f"Une adresse provisoire tient dix ans au plus, jusqu’au {long_date(latest)}. "
                "Donnez une date plus proche, ou une adresse définitive."
            )
            self.add_error("until", forms.ValidationError(sentence, code="until_too_late"))
        elif midnight_after(until) <= earliest:
            sentence = (
                f"Le {long_date(until)} est trop tôt : la carte peut arriver jusqu’au {long_date(earliest)}. "
                "Donnez une date plus tardive, ou une autre adresse."
            )
            self.add_error("until", forms.ValidationError(sentence, code="until_too_soon"))

    @property
    def content(self) -> dict[str, str]:
        """The lines, as the address keeps them."""
        return {name: self.cleaned_data[name] for name in CONTENT}


def midnight_after(day: date) -> datetime:
    """Give the end of a day: 00:00 of the next, Paris time."""
    return midnight(date.fromordinal(day.toordinal() + 1))
