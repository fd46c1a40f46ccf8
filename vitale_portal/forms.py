"""How forms are written on a page."""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Render fields with the portal's own component: label, hint, error, control."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
