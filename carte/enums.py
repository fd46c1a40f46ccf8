"""States and tables of the floor ``carte``: the whole machine on one screen (sections 5, 6 and 8)."""

from django.db import models

from vitale_portal.transitions import Actor, Moves

AUTHOR, AGENT, SYSTEM, CENTRE, POST = Actor


def _by(*actors: Actor) -> frozenset[Actor]:
    return frozenset(actors)


class CommandeState(models.TextChoices):
    """Where an order stands (section 8)."""

    DRAFT = "DRAFT", "Brouillon, pas encore envoyé"
    SUBMITTED = "SUBMITTED", "Commande enregistrée"
    IN_REVIEW = "IN_REVIEW", "Pièces en cours de contrôle"
    TO_CORRECT = "TO_CORRECT", "Pièce à remplacer"
    ACCEPTED = "ACCEPTED", "Demande acceptée"
    IN_PRODUCTION = "IN_PRODUCTION", "Carte en fabrication"
    SHIPPED = "SHIPPED", "Carte expédiée"
    DELIVERED = "DELIVERED", "Carte reçue"
    RETURNED = "RETURNED", "Courrier revenu (NPAI)"
    REJECTED = "REJECTED", "Demande refusée"
    CANCELLED = "CANCELLED", "Commande annulée"


_C = CommandeState

COMMANDE_MOVES: Moves = {
    (_C.DRAFT, _C.SUBMITTED): _by(AUTHOR),
    (_C.SUBMITTED, _C.IN_REVIEW): _by(AGENT),
    (_C.SUBMITTED, _C.CANCELLED): _by(AUTHOR, AGENT),
    (_C.IN_REVIEW, _C.SUBMITTED): _by(AGENT, SYSTEM),
    (_C.IN_REVIEW, _C.TO_CORRECT): _by(AGENT),
    (_C.IN_REVIEW, _C.ACCEPTED): _by(AGENT),
    (_C.IN_REVIEW, _C.REJECTED): _by(AGENT),
    (_C.IN_REVIEW, _C.CANCELLED): _by(AUTHOR, AGENT),
    (_C.TO_CORRECT, _C.SUBMITTED): _by(AUTHOR),
    (_C.TO_CORRECT, _C.CANCELLED): _by(AUTHOR, SYSTEM),
    (_C.ACCEPTED, _C.IN_PRODUCTION): _by(SYSTEM),
    (_C.ACCEPTED, _C.CANCELLED): _by(AUTHOR, AGENT),
    (_C.IN_PRODUCTION, _C.SHIPPED): _by(CENTRE),
    (_C.IN_PRODUCTION, _C.SUBMITTED): _by(CENTRE),
    (_C.SHIPPED, _C.DELIVERED): _by(AUTHOR, POST, SYSTEM),
    (_C.SHIPPED, _C.RETURNED): _by(POST),
    (_C.SHIPPED, _C.CANCELLED): _by(AUTHOR),
    (_C.DELIVERED, _C.RETURNED): _by(POST),
    (_C.RETURNED, _C.SHIPPED): _by(SYSTEM),
    (_C.RETURNED, _C.CANCELLED): _by(SYSTEM, AGENT),
}

FINISHED = (_C.DELIVERED, _C.REJECTED, _C.CANCELLED)
# Sent and not finished: one at most a beneficiary (section 7), and what E1 looks for.
OPEN = tuple(state for state in _C if state != _C.DRAFT and state not in FINISHED)

# On the way to a card in hand, nothing asked of anybody: what the confirmation says still holds.
PROMISING = (_C.SUBMITTED, _C.IN_REVIEW, _C.ACCEPTED, _C.IN_PRODUCTION, _C.SHIPPED)


class CarteState(models.TextChoices):
    """Where a card stands (section 6)."""

    IN_TRANSIT = "IN_TRANSIT", "En route"
    IN_USE = "IN_USE", "En service"
    OPPOSED = "OPPOSED", "En opposition"
    ENDED = "ENDED", "Remplacée"
    HANDED_BACK = "HANDED_BACK", "Restituée"


_K = CarteState

CARTE_MOVES: Moves = {
    (_K.IN_TRANSIT, _K.IN_USE): _by(AUTHOR, POST, SYSTEM),
    (_K.IN_TRANSIT, _K.OPPOSED): _by(AUTHOR, AGENT, SYSTEM),  # SYSTEM: came back, and 60 days over
    (_K.IN_USE, _K.OPPOSED): _by(AUTHOR, AGENT, SYSTEM),
    (_K.IN_USE, _K.ENDED): _by(AUTHOR, POST, SYSTEM),
    (_K.IN_USE, _K.HANDED_BACK): _by(AGENT),
    (_K.OPPOSED, _K.HANDED_BACK): _by(AGENT),
    (_K.ENDED, _K.HANDED_BACK): _by(AGENT),
}

CARTE_BADGES = {_K.IN_TRANSIT: "info", _K.IN_USE: "ok", _K.OPPOSED: "stop"}


class Channel(models.TextChoices):
    """How an order reached the caisse."""

    ONLINE = "ONLINE", "en ligne"
    PAPER = "PAPER", "papier"
    COUNTER = "COUNTER", "guichet"


class Motif(models.TextChoices):
    """Why a card may be ordered: derived from the cards one had, never asked (section 5)."""

    FIRST = "FIRST", "première carte"
    REPLACEMENT = "REPLACEMENT", "remplacement"
    NEW_FACE = "NEW_FACE", "changement de nom ou de NIR"


class PieceKind(models.TextChoices):
    """The two pieces of an order."""

    PHOTO = "PHOTO", "photo d’identité"
    IDENTITE = "IDENTITE", "pièce d’identité"


class PieceForm(models.TextChoices):
    """What stands for a piece: a picture, or for a photo the reason there can be none (P7)."""

    PICTURE = "PICTURE", "image"
    EXPLANATION = "EXPLANATION", "explication"


class SansPhotoReason(models.TextChoices):
    """Why there can be no regular photo (P7). It is health data: kept encrypted, with the explanation."""

    MEDICAL = "MEDICAL", "Raison médicale"
    BEDRIDDEN = "BEDRIDDEN", "Personne alitée, ou qui ne peut pas se déplacer"
    PROTECTED = "PROTECTED", "Majeur protégé (tutelle, curatelle…)"


class IdentiteNature(models.TextChoices):
    """Which pièce d'identité it is (section 7, step 3)."""

    CARTE_IDENTITE = "CARTE_IDENTITE", "Carte d’identité"
    PASSEPORT = "PASSEPORT", "Passeport"
    TITRE_SEJOUR = "TITRE_SEJOUR", "Titre de séjour"
    CARTE_RESIDENT = "CARTE_RESIDENT", "Carte de résident"
    OTHER = "OTHER", "Autre pièce avec photo"


class Regle(models.TextChoices):
    """Why one may not order, the first the headline (section 5). The value is the rule's number."""

    ORDER_OPEN = "E1", "une commande est en cours"
    REGIME = "E2", "le régime ne prend pas de commande en ligne"
    FORBIDDEN = "E3", "la caisse a retiré le droit de commander"
    MUTATION = "E4", "un changement de régime est en cours"
    RIGHTS_ENDED = "E5", "les droits sont terminés"
    TOO_YOUNG = "E6", "l’âge minimal n’est pas atteint"
    PROVISIONAL_NIR = "E7", "le numéro de sécurité sociale est provisoire"
    NPAI = "E8", "un courrier est revenu de l’adresse"
    NO_ADDRESS = "E9", "il n’y a pas d’adresse en France"
    DECLARATION_NEEDED = "E10", "une carte est en service"
    PAPER_FORM_LEAVING = "E11", "un formulaire papier part"
    ADDRESS_WAIT = "E12", "une nouvelle adresse n’est pas encore utilisable"


class NextStep(models.TextChoices):
    """What to do about an obstacle."""

    TRACK = "TRACK", "suivre la commande"
    CONTACT = "CONTACT", "contacter la caisse"
    FORM_S3705 = "FORM_S3705", "inscrire l’enfant sur la carte de ses parents"
    COME_BACK = "COME_BACK", "revenir avec le numéro définitif"
    GIVE_ADDRESS = "GIVE_ADDRESS", "donner une adresse"
    DECLARE = "DECLARE", "déclarer la perte, le vol ou la panne"
    WAIT = "WAIT", "attendre la date indiquée"


NEXT_STEPS: dict[Regle, NextStep] = {
    Regle.ORDER_OPEN: NextStep.TRACK,
    Regle.REGIME: NextStep.CONTACT,
    Regle.FORBIDDEN: NextStep.CONTACT,
    Regle.MUTATION: NextStep.CONTACT,
    Regle.RIGHTS_ENDED: NextStep.CONTACT,
    Regle.TOO_YOUNG: NextStep.FORM_S3705,
    Regle.PROVISIONAL_NIR: NextStep.COME_BACK,
    Regle.NPAI: NextStep.GIVE_ADDRESS,
    Regle.NO_ADDRESS: NextStep.GIVE_ADDRESS,
    Regle.DECLARATION_NEEDED: NextStep.DECLARE,
    Regle.PAPER_FORM_LEAVING: NextStep.WAIT,
    Regle.ADDRESS_WAIT: NextStep.WAIT,
}


class Verdict(models.TextChoices):
    """The three answers to « may she order? »."""

    REFUSED = "REFUSED", "pas de commande en ligne"
    MAY_DRAFT = "MAY_DRAFT", "la commande peut être préparée, pas envoyée"
    OPEN = "OPEN", "la commande est ouverte"


# A draft may start under these alone; it can't be sent.
DRAFT_UNDER = frozenset({Regle.PAPER_FORM_LEAVING, Regle.ADDRESS_WAIT})


class EffacementMotif(models.TextChoices):
    """Why pieces, or a draft, were erased (C3, P6)."""

    DRAFT = "DRAFT", "brouillon laissé 30 jours"
    DELIVERED = "DELIVERED", "carte reçue depuis 2 mois"
    REJECTED = "REJECTED", "commande refusée depuis 30 jours"
    CANCELLED = "CANCELLED", "commande annulée depuis 30 jours"


class SignalementKind(models.TextChoices):
    """What the holder of a card may say is wrong on it (section 6)."""

    NOM = "NOM", "Le nom ou les prénoms"
    NIR = "NIR", "Le numéro de sécurité sociale"
    PHOTO = "PHOTO", "La photo"
    CAISSE = "CAISSE", "Le régime ou la caisse"
    EXEMPTION = "EXEMPTION", "L’exonération"
    AYANTS_DROIT = "AYANTS_DROIT", "Les ayants droit : une personne en trop, absente ou mal écrite"
    OTHER = "OTHER", "Autre chose"


class SignalementOutcome(models.TextChoices):
    """What a caisse did about an error, as the assuré is told."""

    UPDATE = "UPDATE", "Corrigé : la carte est à mettre à jour"
    NEW_CARD = "NEW_CARD", "Corrigé : une nouvelle carte est à commander"
    RIGHT = "RIGHT", "Vérifié : la carte est juste"
    PROOF = "PROOF", "Un justificatif est nécessaire"
