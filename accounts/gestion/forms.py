"""Forms of the agents' door: the code of the moment, a recovery code, a new password (A10)."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm

from accounts.gestion.otp import DIGITS


class CodeForm(forms.Form):
    """The code an application shows. Spaces are as good as none: many applications show « 123 456 »."""

    code = forms.CharField(
        label="Code à six chiffres",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "spellcheck": "false",
                "size": DIGITS + 2,
            }
        ),
        error_messages={"required": "Écrivez les six chiffres que l’application affiche."},
    )


class RecoveryForm(forms.Form):
    """A recovery code, with or without its hyphens."""

    code = forms.CharField(
        label="Code de secours",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
        help_text="Quatre groupes de quatre caractères. Chaque code sert une fois.",
        error_messages={"required": "Écrivez l’un de vos codes de secours."},
    )


class OwnPasswordForm(PasswordChangeForm):
    """An agent's new password: never the one he has, that somebody else may know."""

    def clean_new_password1(self) -> Any:
        """Refuse the password he has."""
        new = self.cleaned_data.get("new_password1")
        if new and self.user.check_password(new):
            raise forms.ValidationError("C’est votre mot de passe actuel : choisissez-en un autre.")
        return new
