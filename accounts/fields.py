"""The fields that several forms ask for alike: NIR, code personnel to choose, e-mail address (A1, A2, A4)."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.nir import Nir, NirError

RULES = "regles-du-code"  # the list of ``components/code_field.html``


class NirField(forms.CharField):
    """A NIR as people write it: 13 or 15 characters, spaces anywhere (A1). Gives its 13 characters."""

    def to_python(self, value: Any) -> str:
        """Normalise and check once; the sentence of the fault is the form's."""
        text: str = super().to_python(value) or ""
        if not text:
            return ""
        try:
            return Nir.parse(text).value
        except NirError as error:
            raise forms.ValidationError(str(error.fault.label), code=error.fault.value) from error


def nir_field(help_text: str) -> NirField:
    """Give the field of a NIR that says who one is."""
    return NirField(
        label="Numéro de sécurité sociale",
        help_text=help_text,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "inputmode": "text", "spellcheck": "false"}
        ),
        error_messages={"required": "Écrivez votre numéro de sécurité sociale."},
    )


class CodeBoundField(BoundField):
    """Its control is described by the list of rules and, in error, by what is wrong."""

    @property
    def aria_describedby(self) -> str:
        """Give the names of what a screen reader reads with the control."""
        return f"{RULES} {super().aria_describedby}".strip()


class NewCodeField(forms.CharField):
    """A code as it is typed, spaces and all; the rules are the form's to ask about."""

    bound_field_class = CodeBoundField

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "data-code": ""})
        super().__init__(max_length=128, strip=False, widget=widget, **kwargs)


def email_field(label: str, *, required: str, help_text: str) -> forms.EmailField:
    """Give the field of an e-mail address to send a link to."""
    return forms.EmailField(
        label=label,
        max_length=254,
        help_text=help_text,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": required,
            "invalid": "Cette adresse n’est pas complète. Écrivez-la comme prenom.nom@exemple.fr.",
            "max_length": "Trop longue : %(show_value)d caractères trouvés, %(limit_value)d au plus.",
        },
    )
