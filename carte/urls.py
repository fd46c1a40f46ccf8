"""Addresses of the floor ``carte``."""

from django.urls import path

from carte import views
from carte.enums import PieceKind

PHOTO, IDENTITE = {"kind": PieceKind.PHOTO}, {"kind": PieceKind.IDENTITE}

urlpatterns = [
    path("carte/", views.cartes, name="cartes"),
    path("carte/commander/", views.order_start, name="order_start"),
    path("carte/commande/<reference:reference>/", views.order_resume, name="order_resume"),
    path("carte/commande/<reference:reference>/photo/", views.order_piece, PHOTO, name="order_photo"),
    path("carte/commande/<reference:reference>/photo/image/", views.piece_image, PHOTO, name="photo_image"),
    path(
        "carte/commande/<reference:reference>/photo/supprimer/",
        views.piece_delete,
        PHOTO,
        name="photo_delete",
    ),
    path(
        "carte/commande/<reference:reference>/piece-identite/",
        views.order_piece,
        IDENTITE,
        name="order_identite",
    ),
    path(
        "carte/commande/<reference:reference>/piece-identite/image/",
        views.piece_image,
        IDENTITE,
        name="identite_image",
    ),
    path(
        "carte/commande/<reference:reference>/piece-identite/supprimer/",
        views.piece_delete,
        IDENTITE,
        name="identite_delete",
    ),
    path("carte/commande/<reference:reference>/validation/", views.order_validation, name="order_validation"),
    path(
        "carte/commande/<reference:reference>/confirmation/",
        views.order_confirmation,
        name="order_confirmation",
    ),
]
