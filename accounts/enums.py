"""Choices of the ground floor, with their labels on screen."""

from django.db import models


class OnlineOrder(models.TextChoices):
    """Whether a regime takes orders online (section 2)."""

    YES = "YES", "oui"
    NO = "NO", "non"
    NO_CARD = "NO_CARD", "ce régime ne délivre pas de carte"


class Lien(models.TextChoices):
    """What ties a beneficiary to an assuré."""

    SOI = "SOI", "lui-même"
    AYANT_DROIT = "AYANT_DROIT", "ayant droit"


class AdresseKind(models.TextChoices):
    """For how long an address holds (B2)."""

    DEFINITIVE = "DEFINITIVE", "Définitive"
    PROVISOIRE = "PROVISOIRE", "Provisoire, jusqu’à une date"


class Outcome(models.TextChoices):
    """What giving an address did, and what is said of it; ``{usable}`` is a date and hour (B3, B4)."""

    NEW = "NEW", "Nouvelle adresse enregistrée. Elle servira à partir du {usable}."
    UNCHANGED = "UNCHANGED", "Adresse confirmée."
    BACK = "BACK", "Vous gardez votre adresse : elle sert dès maintenant, sans attente."
    RETURNED_MAIL = (
        "RETURNED_MAIL",
        (
            "Un courrier nous est revenu de cette adresse. Donnez-en une autre, ou contactez votre caisse "
            "si vous y habitez bien."
        ),
    )


class Changement(models.TextChoices):
    """What a caisse learns anew of somebody, and that his card does not know yet (section 6)."""

    ADRESSE = "adresse", "votre adresse a changé"
    ETAT_CIVIL = "état civil", "le nom ou le numéro de sécurité sociale a changé"
    DROITS = "droits", "les droits ont changé"


class RectificationKind(models.TextChoices):
    """What an assuré asks his caisse to correct (A7)."""

    NOM = "NOM", "Nom de famille"
    PRENOMS = "PRENOMS", "Prénoms"
    NAISSANCE = "NAISSANCE", "Date de naissance"
    NIR = "NIR", "Numéro de sécurité sociale"
    BENEFICIAIRE = "BENEFICIAIRE", "Personnes du foyer"
    MEDECIN = "MEDECIN", "Médecin traitant"
    AUTRE = "AUTRE", "Autre chose"


class RectificationOutcome(models.TextChoices):
    """What came of it, for the assuré."""

    DONE = "DONE", "Corrigé dans le dossier"
    PROOF = "PROOF", "Justificatif à demander"
    INSEE = "INSEE", "À corriger auprès de l’Insee"
    RIGHT = "RIGHT", "Vérifié : le dossier est juste"


class Notice(models.TextChoices):
    """Every notice the portal writes. Its texts are in ``templates/emails/<value>/``."""

    ADRESSE_USABLE = "adresse_usable", "Adresse utilisable"
    COMMANDE_SUBMITTED = "commande_submitted", "Commande enregistrée"
    COMMANDE_ACCEPTED = "commande_accepted", "Demande acceptée"
    COMMANDE_TO_CORRECT = "commande_to_correct", "Pièce à remplacer"
    CORRECTION_REMINDER = "correction_reminder", "Rappel : pièce à remplacer"
    COMMANDE_REJECTED = "commande_rejected", "Demande refusée"
    COMMANDE_CANCELLED = "commande_cancelled", "Commande annulée"
    COMMANDE_IN_PRODUCTION = "commande_in_production", "Carte en fabrication"
    COMMANDE_SHIPPED = "commande_shipped", "Carte expédiée"
    COMMANDE_DELIVERED = "commande_delivered", "Carte reçue"
    COMMANDE_REFUSED_BY_CENTRE = "commande_refused_by_centre", "Carte à fabriquer de nouveau"
    COMMANDE_RETURNED = "commande_returned", "Carte revenue"
    COMMANDE_RESENT = "commande_resent", "Carte envoyée de nouveau"
    COMMANDE_REDIRECTED = "commande_redirected", "Adresse d’envoi changée"
    CARTE_NEVER_CAME = "carte_never_came", "Carte jamais reçue"
    CARTE_OPPOSED = "carte_opposed", "Carte en opposition"
    CARTE_HANDED_BACK = "carte_handed_back", "Carte restituée"
    CARTE_UPDATE = "carte_update", "Carte à mettre à jour"
    SIGNALEMENT_RECEIVED = "signalement_received", "Erreur signalée"
    SIGNALEMENT_HANDLED = "signalement_handled", "Erreur signalée : suite donnée"
    DECLARATION_RECORDED = "declaration_recorded", "Déclaration enregistrée"
    PLI_SENT = "pli_sent", "Formulaire papier envoyé"
    BROUILLON_REMINDER = "brouillon_reminder", "Brouillon à terminer"
    BROUILLON_REPLACED = "brouillon_replaced", "Brouillon remplacé par le formulaire papier"
    DEVICE_NEW = "device_new", "Connexion depuis un nouvel appareil"
    SIGN_IN_LOCKED = "sign_in_locked", "Essais de connexion refusés"
    EMAIL_CHANGED = "email_changed", "Adresse électronique changée"
    CODE_CHANGED = "code_changed", "Code personnel changé"
    ADRESSE_CHANGED = "adresse_changed", "Adresse postale changée"
    IBAN_CHANGED = "iban_changed", "Coordonnées bancaires changées"
    RECTIFICATION_RECEIVED = "rectification_received", "Demande de correction enregistrée"
    RECTIFICATION_HANDLED = "rectification_handled", "Demande de correction : suite donnée"


class LinkPurpose(models.TextChoices):
    """What a link sent by mail is for: it serves nothing else (A4, A5)."""

    OPENING = "OPENING", "Confirmer une adresse électronique à l’ouverture"
    FORGOTTEN = "FORGOTTEN", "Changer un code oublié"
    EMAIL = "EMAIL", "Confirmer une nouvelle adresse électronique"


class DemandeKind(models.TextChoices):
    """What one asks without being signed in, and a sweep judges (A4, A5)."""

    OPENING = "OPENING", "Code provisoire par courrier, pour ouvrir un compte"
    RECOVERY = "RECOVERY", "Code provisoire par courrier, pour revenir dans un compte"
    FORGOTTEN = "FORGOTTEN", "Code oublié"


class CodeChannel(models.TextChoices):
    """How a provisional code reaches its holder (A4)."""

    POST = "POST", "par courrier"
    COUNTER = "COUNTER", "au guichet"


class LockKind(models.TextChoices):
    """What failed sign-ins are counted by, and what the trace says when it closes (A3)."""

    PAIR = "PAIR", "cinq échecs de suite depuis une adresse ou un appareil"
    IDENTIFIER = "IDENTIFIER", "un identifiant essayé depuis plusieurs adresses"
    NETWORK = "NETWORK", "plusieurs identifiants essayés depuis une adresse"


class Act(models.TextChoices):
    """What the trace keeps (« Traces »): acts on somebody's file, and on who may act."""

    SIGNED_IN = "SIGNED_IN", "Connexion"
    SIGN_IN_FAILED = "SIGN_IN_FAILED", "Connexion refusée"
    SESSION_CLOSED = "SESSION_CLOSED", "Session fermée par son titulaire"
    DEVICE_FORGOTTEN = "DEVICE_FORGOTTEN", "Appareil oublié par son titulaire"
    ACCOUNT_OPENED = "ACCOUNT_OPENED", "Compte ouvert"
    CODE_CHANGED = "CODE_CHANGED", "Code personnel changé"
    CODE_POSTED = "CODE_POSTED", "Code provisoire envoyé par courrier"
    CODE_HANDED = "CODE_HANDED", "Code provisoire remis au guichet"
    EMAIL_CHANGED = "EMAIL_CHANGED", "Adresse électronique changée"
    ADDRESS_CHANGED = "ADDRESS_CHANGED", "Adresse postale changée"
    IBAN_CHANGED = "IBAN_CHANGED", "Coordonnées bancaires changées"
    PIECE_SEEN = "PIECE_SEEN", "Pièce consultée"
    FILE_SEEN = "FILE_SEEN", "Dossier consulté"
    DECIDED = "DECIDED", "Décision"
    FLAG_CHANGED = "FLAG_CHANGED", "Droits ou état civil changés"
    RIGHTS_OF_AGENT_CHANGED = "RIGHTS_OF_AGENT_CHANGED", "Droits d’un agent changés"
    OTP_SET_UP = "OTP_SET_UP", "Application de codes installée"
    OTP_RESET = "OTP_RESET", "Application de codes retirée"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED", "Code de secours utilisé"
    PROFILE_CHANGED = "PROFILE_CHANGED", "Profil d’un régime ou d’une caisse changé"
    EXPORTED = "EXPORTED", "Fichier téléchargé"
