"""Addresses of the floor ``carte``."""

from django.urls import path

from carte.enums import PieceKind
from carte.views import after, cartes, copie, correct, order, pieces, sans_photo

PHOTO, IDENTITE = {"kind": PieceKind.PHOTO}, {"kind": PieceKind.IDENTITE}

urlpatterns = [
    path("carte/", cartes.cartes, name="cartes"),
    path("carte/copie/<reference:reference>/carte.pdf", copie.copie, name="copie"),
    path("carte/copie/<reference:reference>/signaler/", copie.report, name="report_error"),
    path("carte/commander/", order.order_start, name="order_start"),
    path("carte/commande/<reference:reference>/", order.order_resume, name="order_resume"),
    path("carte/commande/<reference:reference>/photo/", pieces.order_piece, PHOTO, name="order_photo"),
    path("carte/commande/<reference:reference>/photo/image/", pieces.piece_image, PHOTO, name="photo_image"),
    path(
        "carte/commande/<reference:reference>/photo/supprimer/",
        pieces.piece_delete,
        PHOTO,
        name="photo_delete",
    ),
    path("carte/commande/<reference:reference>/photo/pivoter/", pieces.piece_turn, PHOTO, name="photo_turn"),
    path("carte/commande/<reference:reference>/photo/sans-photo/", sans_photo.sans_photo, name="sans_photo"),
    path(
        "carte/commande/<reference:reference>/piece-identite/",
        pieces.order_piece,
        IDENTITE,
        name="order_identite",
    ),
    path(
        "carte/commande/<reference:reference>/piece-identite/image/",
        pieces.piece_image,
        IDENTITE,
        name="identite_image",
    ),
    path(
        "carte/commande/<reference:reference>/piece-identite/supprimer/",
        pieces.piece_delete,
        IDENTITE,
        name="identite_delete",
    ),
    path(
        "carte/commande/<reference:reference>/piece-identite/pivoter/",
        pieces.piece_turn,
        IDENTITE,
        name="identite_turn",
    ),
    path("carte/commande/<reference:reference>/validation/", order.order_validation, name="order_validation"),
    path(
        "carte/commande/<reference:reference>/confirmation/",
        order.order_confirmation,
        name="order_confirmation",
    ),
    path(
        "carte/commande/<reference:reference>/recapitulatif.pdf",
        order.recapitulatif,
        name="order_recapitulatif",
    ),
    path("carte/commande/<reference:reference>/corriger/", correct.order_correct, name="order_correct"),
    path(
        "carte/commande/<reference:reference>/corriger/photo/",
        correct.refused_image,
        PHOTO,
        name="refused_photo",
    ),
    path(
        "carte/commande/<reference:reference>/corriger/piece-identite/",
        correct.refused_image,
        IDENTITE,
        name="refused_identite",
    ),
    path(
        "carte/commande/<reference:reference>/corriger/sans-photo/",
        correct.correct_sans_photo,
        name="correct_sans_photo",
    ),
    path("carte/commande/<reference:reference>/annuler/", after.order_cancel, name="order_cancel"),
    path("carte/commande/<reference:reference>/jamais-recue/", after.never_received, name="never_received"),
    path("carte/commande/<reference:reference>/recue/", after.order_received, name="order_received"),
    path("carte/commande/<reference:reference>/adresse/", after.order_redirect, name="order_redirect"),
]
