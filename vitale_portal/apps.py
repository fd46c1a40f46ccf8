"""The ground under the floors."""

from django.apps import AppConfig
from django.core.checks import register

from vitale_portal.pdf import check_pdf_packages
from vitale_portal.production import check_production
from vitale_portal.sealing import check_pieces_keys


class VitalePortalConfig(AppConfig):
    """Tools all floors share: commands, template tags, transitions, PDF."""

    name = "vitale_portal"
    verbose_name = "Portail"

    def ready(self) -> None:
        """Register the system checks of the ground."""
        register(check_pdf_packages, "pdf")
        register(check_pieces_keys, "pieces")
        register(check_production, "production", deploy=True)
