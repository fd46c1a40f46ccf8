"""How forms are written on a page, and the fields all floors share."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Render fields with the portal's own component: label, hint, error, control."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class OneOfField(forms.TypedChoiceField):
    """One value of an enum, all of them in sight; ``missing`` is the sentence for who chose none."""

    widget = forms.RadioSelect

    def __init__(self, enum: type[TextChoices], *, missing: str, **kwargs: Any) -> None:
        errors = {"required": missing}
        super().__init__(coerce=enum, choices=enum.choices, error_messages=errors, **kwargs)


class DayField(forms.DateField):
    """A day, picked in the browser's calendar or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {
        "required": "Écrivez le jour, comme 21/11/2026.",
        "invalid": "Écrivez une date comme 21/11/2026.",
    }


class ParagraphField(forms.CharField):
    """A few lines, counted as people count: an end of line is one character, though browsers send two."""

    default_error_messages = {
        "min_length": "Trop court : %(show_value)d caractère(s) trouvé(s), %(limit_value)d au moins.",
        "max_length": "Trop long : %(show_value)d caractères trouvés, %(limit_value)d au plus.",
    }

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        """Give the text with one character an end of line."""
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n")

    def widget_attrs(self, _widget: forms.Widget) -> dict[str, Any]:
        """Bound nothing in the browser: it would cut, without a word, what is pasted."""
        return {}
