"""The field of a code personnel to choose, in the opening of an account and « Mes informations » (A2)."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

RULES = "regles-du-code"  # the list of ``ouverture/code_field.html``


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
