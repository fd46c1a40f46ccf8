"""The floor ``carte``."""

from django.apps import AppConfig


class CarteConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "carte"
    verbose_name = "Cartes et commandes"

    def ready(self) -> None:
        """Listen to what moves and to what changes of people; settle the memory of pictures."""
        from accounts import mes_donnees, objets  # noqa: PLC0415
        from accounts.changements import changed  # noqa: PLC0415
        from accounts.models import Assure, Beneficiaire  # noqa: PLC0415
        from accounts.ouverture.preuves import serial_asked  # noqa: PLC0415
        from carte import donnees  # noqa: PLC0415
        from carte.avis import tell_author  # noqa: PLC0415 -- models are ready only now
        from carte.effacements import plan_erasure  # noqa: PLC0415
        from carte.images.memory import give_back  # noqa: PLC0415
        from carte.mises_a_jour import plan_reminder, tell_assures, tell_holders  # noqa: PLC0415
        from carte.models import Carte, Commande  # noqa: PLC0415
        from carte.objets import open_brouillon, open_commande  # noqa: PLC0415
        from carte.recapitulatif import plan  # noqa: PLC0415
        from carte.serie import serial_fits  # noqa: PLC0415
        from vitale_portal.transitions import moved, moving  # noqa: PLC0415

        moved.connect(tell_author, sender=Commande, dispatch_uid="carte.tell_author")
        moving.connect(plan_erasure, sender=Commande, dispatch_uid="carte.plan_erasure")
        moved.connect(plan, sender=Commande, dispatch_uid="carte.recapitulatif")
        moving.connect(plan_reminder, sender=Carte, dispatch_uid="carte.plan_reminder")
        changed.connect(tell_assures, sender=Assure, dispatch_uid="carte.tell_assures")
        changed.connect(tell_holders, sender=Beneficiaire, dispatch_uid="carte.tell_holders")
        mes_donnees.contribute(self.name, donnees.PART)
        objets.contribute("commande", open_commande)
        objets.contribute("brouillon", open_brouillon)
        serial_asked.connect(serial_fits, sender=Assure, dispatch_uid="carte.serial_fits")
        give_back()
