"""What the floor ``carte`` holds of an assuré, for « télécharger mes données » (A7).

Of an order, its author gets all, pieces included; another holder of the beneficiary its state and dates.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.mes_donnees import FileOf, Part
from accounts.models import Assure, Rattachement
from carte.enums import CarteState, CommandeState, PieceKind
from carte.models import Carte, Commande, CopieCarte, Page, Piece, Recapitulatif
from carte.motifs import spoken
from carte.sans_photo import read_explanation
from vitale_portal.references import display

NAMES = {PieceKind.PHOTO: "photo", PieceKind.IDENTITE: "piece-identite"}


def data(assure: Assure) -> Mapping[str, Any]:
    """Give the headings of this floor."""
    return {
        "cartes": [_carte(carte) for carte in _cartes(assure)],
        "commandes": [_commande(commande) for commande in _own(assure)],
        "commandes_d_un_autre_assure": [_followed(commande) for commande in _others(assure)],
        "signalements": _signalements(assure),
    }


def _own(assure: Assure) -> QuerySet[Commande]:
    """Give his orders; not the drafts for who is no longer attached to him (B1)."""
    held = Exists(Rattachement.objects.filter(assure=assure, beneficiaire=OuterRef("beneficiaire")))
    rows = Commande.objects.filter(held | ~Q(state=CommandeState.DRAFT), author=assure)
    return rows.select_related("beneficiaire", "caisse").prefetch_related("events", "pieces").order_by("pk")


def _others(assure: Assure) -> QuerySet[Commande]:
    rows = Commande.objects.for_holder(assure).exclude(author=assure)
    return rows.prefetch_related("events").order_by("pk")


def _cartes(assure: Assure) -> QuerySet[Carte]:
    rows = Carte.objects.filter(beneficiaire__rattachements__assure=assure)
    return rows.select_related("beneficiaire", "caisse").prefetch_related("events").order_by("pk")


def _carte(carte: Carte) -> dict[str, Any]:
    """Give a card as its paper copy shows it to each holder, and what happened to it."""
    return {
        "beneficiaire": str(carte.beneficiaire),
        "numero_de_serie": carte.serial,
        "etat": carte.get_state_display(),
        "nom": carte.nom,
        "prenoms": carte.prenoms,
        "nir": carte.nir,
        "avec_photo": carte.with_photo,
        "fabriquee_le": carte.made_on,
        "caisse": carte.caisse.nom,
        "exoneration": carte.exemption,
        "ayants_droit": carte.ayants_droit,
        "en_service_depuis": carte.in_use_at,
        "en_opposition_depuis": carte.opposed_at,
        "etapes": [
            {"etat": CarteState(event.to_state).label, "le": event.at} for event in carte.events.all()
        ],
    }


def _followed(commande: Commande) -> dict[str, Any]:
    """Give what every holder sees of an order: its state and dates."""
    return {
        "reference": display(commande.reference),
        "beneficiaire": str(commande.beneficiaire),
        "etat": commande.get_state_display(),
        "envoyee_le": commande.submitted_at,
        "attendue_le": commande.expected_at,
        "etapes": [{"etat": event.to_label, "le": event.at} for event in commande.events.all()],
    }


def _commande(commande: Commande) -> dict[str, Any]:
    """Give all of an order, to its author."""
    return _followed(commande) | {
        "canal": commande.get_channel_display(),
        "motif": commande.get_motif_display(),
        "caisse": commande.caisse.nom,
        "commencee_le": commande.created_at,
        "formulaire_signe_le": commande.signed_on,
        "adresse_d_envoi": commande.adresse_lines,
        "attestation_sur_l_honneur": commande.statement_text,
        "attestation_version": commande.statement_version,
        "sans_photo": commande.sans_photo,
        "etapes": [
            {
                "etat": event.to_label,
                "le": event.at,
                "par": event.get_actor_display(),
                "motif": spoken(event.reason),
            }
            for event in commande.events.all()
        ],
        "pieces": [_piece(piece) for piece in commande.pieces.all()],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "nature": piece.get_kind_display(),
        "document": piece.get_nature_display(),
        "nom_du_fichier_envoye": piece.label,
        "largeur": piece.width,
        "hauteur": piece.height,
        "octets": piece.weight,
        "deposee_le": piece.deposited_at,
        "refusee_le": piece.refused_at,
        "remplacee_le": piece.replaced_at,
    }


def _signalements(assure: Assure) -> list[dict[str, Any]]:
    return [
        {
            "reference": display(row.reference),
            "carte": row.carte.serial,
            "ce_qui_est_faux": row.get_kind_display(),
            "explication": row.text,
            "envoye_le": row.sent_at,
            "suite": row.get_outcome_display(),
            "traite_le": row.handled_at,
        }
        for row in assure.signalements.select_related("carte").order_by("pk")
    ]


def files(assure: Assure) -> Iterator[FileOf]:
    """Give the pieces and recaps of his own orders, and the paper copies of the cards he holds."""
    own = _own(assure)
    pages = Page.objects.filter(piece__commande__in=own.order_by().values("pk"))
    for page in pages.select_related("piece__commande").order_by("piece_id", "number"):
        yield _name(page), partial(_page, page)
    recaps = Recapitulatif.objects.filter(commande__author=assure, pdf__isnull=False)
    for pk, reference in recaps.order_by("pk").values_list("pk", "commande__reference"):
        yield f"commandes/{reference}/recapitulatif.pdf", partial(_pdf, Recapitulatif, pk)
    copies = CopieCarte.objects.held_by(assure).filter(pdf__isnull=False)
    for pk, reference in copies.order_by("pk").values_list("pk", "reference"):
        yield f"copies-de-cartes/{reference}.pdf", partial(_pdf, CopieCarte, pk)


def _name(page: Page) -> str:
    piece = page.piece
    folder = f"commandes/{piece.commande.reference}/{NAMES[PieceKind(piece.kind)]}-{piece.pk}"
    return f"{folder}/explication.txt" if piece.is_explanation else f"{folder}/page-{page.number}.jpg"


def _page(page: Page) -> bytes:
    if page.piece.is_explanation:
        said = read_explanation(page.piece)
        return f"{said.reason_label}\n\n{said.text}\n".encode()
    with page.file.open("rb") as stored:
        content: bytes = stored.read()
    return content


def _pdf(model: type[Recapitulatif] | type[CopieCarte], pk: int) -> bytes:
    rows: Any = model.objects
    return bytes(rows.values_list("pdf", flat=True).get(pk=pk) or b"")


PART = Part(data, files)
