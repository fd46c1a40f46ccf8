"""The floor ``carte``."""

from django.apps import AppConfig


class CarteConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "carte"
    verbose_name = "Cartes et commandes"

    def ready(self) -> None:
        """Listen to the moves of orders."""
        from carte.avis import tell_author  # noqa: PLC0415 -- models are ready only now
        from carte.models import Commande  # noqa: PLC0415
        from vitale_portal.transitions import moved  # noqa: PLC0415

        moved.connect(tell_author, sender=Commande, dispatch_uid="carte.tell_author")
