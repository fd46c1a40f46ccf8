"""Forms of « Mes informations » (A7, A9)."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.bancaire import IbanRefused, parse_iban
from accounts.code_personnel import RULES_SHOWN
from accounts.code_recent import CodeRecentMixin
from accounts.enums import RectificationKind
from accounts.fields import NewCodeField, email_field
from accounts.models import Assure, User
from accounts.models.saisine import WORDS_MAX
from vitale_portal.forms import OneOfField, ParagraphField


class EmailForm(CodeRecentMixin, forms.Form):
    """A new e-mail address. Whether another account has it is never told here."""

    email = email_field(
        "Nouvelle adresse électronique",
        required="Écrivez votre nouvelle adresse électronique.",
        help_text="Un lien part à cette adresse ; elle devient la vôtre quand vous l’ouvrez.",
    )

    def __init__(self, *args: Any, assure: Assure, **kwargs: Any) -> None:
        self.assure = assure
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        """Refuse the address the account has already."""
        email: str = self.cleaned_data["email"]
        if email.casefold() == self.assure.email.casefold():
            raise forms.ValidationError(
                "C’est déjà l’adresse de votre compte : donnez-en une autre.", code="same"
            )
        return email


class NewCodeForm(CodeRecentMixin, forms.Form):
    """Another code personnel. The present one is asked for whenever it was typed."""

    ALWAYS = True

    new_code = NewCodeField(
        label="Nouveau code personnel",
        error_messages={"required": "Choisissez un nouveau code personnel."},
    )
    field_order = ("code", "new_code")
    rules = RULES_SHOWN

    def clean_new_code(self) -> str:
        """Obey the rules of a code, one sentence for each fault (A2)."""
        code: str = self.cleaned_data["new_code"]
        user = self.request.user
        validate_password(code, user if isinstance(user, User) else None)
        return code

    def clean(self) -> dict[str, Any]:
        """Have it be another."""
        data = super().clean() or {}
        if data.get("new_code") and data.get("code") == data["new_code"]:
            self.add_error("new_code", "C’est le code que vous avez déjà : choisissez-en un autre.")
        return data


class IbanForm(CodeRecentMixin, forms.Form):
    """An IBAN, typed then confirmed (A7)."""

    iban = forms.CharField(
        label="IBAN",
        max_length=80,
        help_text="Sur votre relevé d’identité bancaire, par exemple FR76 3000 6000 0112 3456 7890 189. "
        "Les espaces ne comptent pas.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"}),
        error_messages={
            "required": "Écrivez votre IBAN.",
            "max_length": "Trop long : %(show_value)d caractères trouvés, un IBAN en a 34 au plus.",
        },
    )

    def clean_iban(self) -> str:
        """Check it, and give it as it is kept."""
        try:
            return parse_iban(self.cleaned_data["iban"])
        except IbanRefused as error:
            raise forms.ValidationError(error.sentence, code=error.fault.value) from error


class ExportForm(CodeRecentMixin, forms.Form):
    """« Télécharger mes données »: nothing but the code, when it is asked for."""


class RectificationForm(forms.Form):
    """« Demander une correction »: what is wrong and what it should be (A7)."""

    kind = OneOfField(
        RectificationKind, label="Que faut-il corriger ?", missing="Choisissez ce qu’il faut corriger."
    )
    wrong = ParagraphField(
        label="Ce qui est faux",
        max_length=WORDS_MAX,
        rows=3,
        error_messages={"required": "Écrivez ce qui est faux."},
    )
    right = ParagraphField(
        label="Ce qu’il faudrait lire",
        help_text=f"{WORDS_MAX} caractères au plus. N’écrivez ni votre code ni vos coordonnées bancaires.",
        max_length=WORDS_MAX,
        rows=3,
        error_messages={"required": "Écrivez ce qu’il faudrait lire."},
    )

    def already_waiting(self) -> None:
        """Say that the same thing waits already."""
        self.add_error(
            "kind",
            "Vous l’avez déjà demandé : votre caisse s’en occupe. Choisissez autre chose, ou attendez.",
        )
