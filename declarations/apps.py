"""The floor ``declarations``."""

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "declarations"
    verbose_name = "Déclarations"

    def ready(self) -> None:
        """Listen to the moves of orders: they cancel forms, or put them back."""
        from accounts import mes_donnees, objets  # noqa: PLC0415 -- models are ready only now
        from carte.models import Commande  # noqa: PLC0415
        from declarations import donnees  # noqa: PLC0415
        from declarations.objets import open_declaration, open_pli  # noqa: PLC0415
        from declarations.plis import follow_commande  # noqa: PLC0415
        from vitale_portal.transitions import moved  # noqa: PLC0415

        moved.connect(follow_commande, sender=Commande, dispatch_uid="declarations.follow_commande")
        mes_donnees.contribute(self.name, donnees.PART)
        objets.contribute("declaration", open_declaration)
        objets.contribute("pli", open_pli)
