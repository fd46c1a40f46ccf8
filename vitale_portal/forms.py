"""How forms are written on a page, and the fields all floors share."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Render fields with the portal's own component: label, hint, error, control."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class ParagraphField(forms.CharField):
    """A few lines, counted as people count: an end of line is one character, though browsers send two."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Give the text with one character an end of line."""
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n")

    def widget_attrs(self, _widget: forms.Widget) -> dict[str, Any]:
        """Bound nothing in the browser: it would cut, without a word, what is pasted."""
        return {}
