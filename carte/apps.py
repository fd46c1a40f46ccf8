"""The floor ``carte``."""

from django.apps import AppConfig


class CarteConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "carte"
    verbose_name = "Cartes et commandes"

    def ready(self) -> None:
        """Listen to the moves of orders; settle the memory of pictures."""
        from carte.avis import tell_author  # noqa: PLC0415 -- models are ready only now
        from carte.effacements import plan_erasure  # noqa: PLC0415
        from carte.images.memory import give_back  # noqa: PLC0415
        from carte.models import Commande  # noqa: PLC0415
        from carte.recapitulatif import plan  # noqa: PLC0415
        from vitale_portal.transitions import moved  # noqa: PLC0415

        moved.connect(tell_author, sender=Commande, dispatch_uid="carte.tell_author")
        moved.connect(plan_erasure, sender=Commande, dispatch_uid="carte.plan_erasure")
        moved.connect(plan, sender=Commande, dispatch_uid="carte.recapitulatif")
        give_back()
