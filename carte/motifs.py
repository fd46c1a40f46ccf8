"""Why a piece, or a whole order, is refused or cancelled: codes, each with its sentences (D3).

Rows and events keep codes; what is shown is written here, once: the few words an agent ticks, what is
wrong, and how to mend it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from carte.enums import PieceKind
from carte.models import Piece


class MotifList(models.TextChoices):
    """The lists of reasons, and what each is about as it reads before them."""

    PHOTO = "PHOTO", "Photo d’identité"
    EXPLANATION = "EXPLANATION", "Demande sans photo"
    IDENTITE = "IDENTITE", "Pièce d’identité"
    REJECTION = "REJECTION", "Refus"
    CANCELLATION = "CANCELLATION", "Annulation"
    LAPSE = "LAPSE", "Délai dépassé"
    CENTRE = "CENTRE", "Refus du centre de fabrication"


@dataclass(frozen=True)
class MotifRefus:
    """One reason: its code, the words an agent ticks, what is wrong, and how to mend it."""

    code: str
    label: str
    wrong: str
    mend: str


PHOTO = (
    MotifRefus(
        "RECENT",
        "Trop ancienne",
        "La photo n’est pas assez récente.",
        "Envoyez une photo de moins de 6 mois.",
    ),
    MotifRefus(
        "FACE",
        "Visage pas entier",
        "Le visage n’est pas vu en entier.",
        "Prenez la photo de face, du menton au sommet de la tête, sans rien devant le visage.",
    ),
    MotifRefus(
        "EYES",
        "Yeux",
        "Les yeux ne se voient pas bien.",
        "Gardez les yeux ouverts, sans cheveux devant ; retirez vos lunettes si elles font un reflet.",
    ),
    MotifRefus(
        "EXPRESSION",
        "Expression",
        "L’expression n’est pas neutre.",
        "Regardez l’objectif, la bouche fermée, sans sourire.",
    ),
    MotifRefus(
        "HEADWEAR",
        "Tête couverte",
        "La tête est couverte.",
        "Prenez la photo tête nue, sans chapeau, foulard ni bandeau.",
    ),
    MotifRefus(
        "BACKGROUND",
        "Fond",
        "Le fond n’est pas uni et clair.",
        "Placez-vous devant un mur uni et clair, sans rien derrière vous.",
    ),
    MotifRefus(
        "LIGHT",
        "Lumière",
        "La lumière ne convient pas : la photo est trop sombre, trop claire, ou une ombre la traverse.",
        "Placez-vous face à une fenêtre, sans flash.",
    ),
    MotifRefus(
        "SHARPNESS",
        "Floue",
        "La photo est floue.",
        "Tenez-vous immobile, posez l’appareil, et vérifiez que le visage est net avant d’envoyer.",
    ),
    MotifRefus(
        "FRAMING",
        "Cadrage",
        "Le cadrage ne convient pas : le visage est trop près, trop loin ou de travers.",
        "Cadrez la tête et le haut des épaules, le visage droit et au milieu de l’image.",
    ),
    MotifRefus(
        "SEVERAL_FACES",
        "Plusieurs visages",
        "Il y a plusieurs personnes sur la photo.",
        "Envoyez une photo où la personne est seule.",
    ),
    MotifRefus(
        "OTHER_PERSON",
        "Autre personne",
        "La photo n’est pas celle de la personne à qui la carte est destinée.",
        "Envoyez la photo de cette personne.",
    ),
    MotifRefus(
        "UNREADABLE",
        "Illisible",
        "La photo ne peut pas être lue.",
        "Choisissez une autre image, ou prenez une nouvelle photo.",
    ),
)

IDENTITE = (
    MotifRefus(
        "EXPIRED",
        "Périmée",
        "La pièce d’identité n’est plus valable.",
        "Envoyez une pièce en cours de validité.",
    ),
    MotifRefus(
        "WRONG_SIDE",
        "Mauvais côté",
        "Ce n’est pas le bon côté de la pièce d’identité.",
        "Envoyez le côté où se trouvent ensemble la photo, le nom, les prénoms et la date de naissance.",
    ),
    MotifRefus(
        "PHOTOCOPY",
        "Photocopie",
        "Le document envoyé est une photocopie.",
        "Photographiez ou numérisez l’original, en couleur.",
    ),
    MotifRefus(
        "UNREADABLE",
        "Illisible",
        "La pièce d’identité ne peut pas être lue.",
        "Posez-la à plat sous une bonne lumière, sans reflet, et vérifiez que tout se lit.",
    ),
    MotifRefus(
        "CUT",
        "Coupée",
        "La pièce d’identité n’est pas entière sur l’image.",
        "Reculez un peu : les quatre coins doivent se voir.",
    ),
    MotifRefus(
        "NAME",
        "Nom ou prénoms",
        "Le nom ou les prénoms ne sont pas ceux que votre caisse connaît.",
        "Envoyez une pièce à ce nom. S’il a changé, faites d’abord corriger l’état civil par votre caisse.",
    ),
    MotifRefus(
        "BIRTH_DATE",
        "Date de naissance",
        "La date de naissance n’est pas celle que votre caisse connaît.",
        "Envoyez la pièce de la bonne personne, ou faites corriger l’état civil par votre caisse.",
    ),
    MotifRefus(
        "NOT_ACCEPTED",
        "Pas acceptée",
        "Ce document n’est pas une pièce d’identité acceptée.",
        "Envoyez une carte d’identité, un passeport, un titre de séjour, une carte de résident ou une autre "
        "pièce officielle avec photo.",
    ),
)

# P7: a person decides whether the explanation does.
EXPLANATION = (
    MotifRefus(
        "INSUFFICIENT",
        "Explication insuffisante",
        "L’explication ne suffit pas pour faire la carte sans photo.",
        "Déposez une photo, ou expliquez plus précisément pourquoi ce n’est pas possible.",
    ),
)

REJECTION = (
    MotifRefus(
        "NO_RIGHT",
        "Pas de droit à cette carte",
        "Votre dossier ne permet pas de délivrer cette carte.",
        "Contactez votre caisse, qui vous dira ce qui manque.",
    ),
    MotifRefus(
        "OTHER_PERSON",
        "Pièces d’une autre personne",
        "Les pièces envoyées sont celles d’une autre personne que celle de la commande.",
        "Faites une nouvelle commande, avec la photo et la pièce d’identité de la bonne personne.",
    ),
    MotifRefus(
        "UNVERIFIED",
        "Authenticité non établie",
        "Les pièces envoyées n’ont pas pu être vérifiées.",
        "Présentez-vous à l’accueil de votre caisse avec l’original de votre pièce d’identité.",
    ),
    MotifRefus(
        "POINTLESS",
        "Demande sans objet",
        "La carte demandée n’est plus nécessaire.",
        "Vous n’avez rien à faire. Si vous pensez le contraire, contactez votre caisse.",
    ),
)

CANCELLATION = (
    MotifRefus(
        "ASKED",
        "À la demande de l’assuré",
        "Vous l’avez demandé à votre caisse.",
        "Si ce n’était pas vous, contactez votre caisse.",
    ),
    MotifRefus(
        "DUPLICATE",
        "Demande en double",
        "Une autre demande est déjà traitée pour la même personne.",
        "Vous n’avez rien à faire.",
    ),
    MotifRefus(
        "SITUATION",
        "Situation changée",
        "La situation de la personne a changé depuis la demande.",
        "Contactez votre caisse avant de faire une nouvelle commande.",
    ),
    MotifRefus(
        "ENTERED_WRONG",
        "Saisie par erreur",
        "La demande avait été saisie par erreur.",
        "Vous n’avez rien à faire. Si vous attendez une carte, contactez votre caisse.",
    ),
)

# Ended by the portal itself, when nobody answered in time.
LAPSE = (
    MotifRefus(
        "NOT_CORRECTED",
        "Pièce non remplacée",
        "La pièce à remplacer n’est pas arrivée à temps.",
        "Faites une nouvelle commande quand vous aurez les bonnes pièces.",
    ),
    MotifRefus(
        "NO_NEW_ADDRESS",
        "Pas de nouvelle adresse",
        "La carte nous est revenue, et nous n’avons pas reçu de nouvelle adresse à temps.",
        "Donnez votre adresse dans « Mes informations », puis faites une nouvelle commande.",
    ),
)

# The production centre could not make the card: its caisse takes the order up again, first (D5).
CENTRE = (
    MotifRefus(
        "PRINTING",
        "Photo impossible à imprimer",
        "La photo n’a pas pu être imprimée sur la carte.",
        "Vous n’avez rien à faire : votre caisse revoit la photo et vous dira s’il en faut une autre.",
    ),
    MotifRefus(
        "LENGTH",
        "Nom trop long pour la carte",
        "Le nom ou les prénoms n’ont pas pu être écrits sur la carte.",
        "Vous n’avez rien à faire : votre caisse s’en occupe.",
    ),
    MotifRefus(
        "ENVELOPE",
        "Adresse illisible",
        "L’adresse n’a pas pu être écrite sur l’enveloppe.",
        "Vérifiez votre adresse dans « Mes informations » ; votre caisse reprend votre commande.",
    ),
)

LISTS: Mapping[MotifList, Sequence[MotifRefus]] = {
    MotifList.PHOTO: PHOTO,
    MotifList.EXPLANATION: EXPLANATION,
    MotifList.IDENTITE: IDENTITE,
    MotifList.REJECTION: REJECTION,
    MotifList.CANCELLATION: CANCELLATION,
    MotifList.LAPSE: LAPSE,
    MotifList.CENTRE: CENTRE,
}


def list_of(piece: Piece) -> MotifList:
    """Give the list of reasons a piece may be refused for: a photo's explanation has its own (P7)."""
    if piece.is_explanation:
        return MotifList.EXPLANATION
    return MotifList.PHOTO if piece.kind == PieceKind.PHOTO else MotifList.IDENTITE


def motifs_of(piece: Piece) -> list[MotifRefus]:
    """Give the reasons a piece was refused for; none when it was not."""
    return _known(list_of(piece), piece.refusal)


def choices(which: MotifList) -> list[tuple[str, str]]:
    """Give a list as a form offers it: code and words."""
    return [(motif.code, motif.label) for motif in LISTS[which]]


def encode(chosen: Mapping[MotifList, Sequence[str]]) -> str:
    """Write codes the way an event keeps them: « PHOTO:EYES,LIGHT IDENTITE:EXPIRED »."""
    return " ".join(f"{which.value}:{','.join(codes)}" for which, codes in chosen.items() if codes)


def decode(reason: str) -> list[tuple[MotifList, list[MotifRefus]]]:
    """Read the codes of an event back. Empty when its reason is plain words, or none."""
    parts = [part.partition(":") for part in reason.split(" ")]
    if not all(name in MotifList and codes for name, _, codes in parts):
        return []
    return [(MotifList(name), _known(MotifList(name), codes.split(","))) for name, _, codes in parts]


def spoken(reason: str) -> str:
    """Write the reason of an event for an agent: the words of its codes, or what it says already."""
    lists = decode(reason)
    parts = (f"{which.label} : {', '.join(m.label.lower() for m in motifs)}" for which, motifs in lists)
    return " ; ".join(parts) or reason


def _known(which: MotifList, codes: Iterable[str]) -> list[MotifRefus]:
    by_code = {motif.code: motif for motif in LISTS[which]}
    return [by_code[code] for code in codes if code in by_code]
