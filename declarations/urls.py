"""Addresses of the floor ``declarations``."""

from django.urls import path

from declarations import views

urlpatterns = [
    path("verifier/", views.verify, name="verify"),
    path("aide/declaration-sur-l-honneur.pdf", views.blank_declaration, name="blank_declaration"),
    path("declarations/", views.declaration_list, name="declaration_list"),
    path("declarations/nouvelle/", views.declare_cards, name="declare"),
    path("declarations/<reference:reference>/", views.declaration, name="declaration"),
    path(
        "declarations/<reference:reference>/attestation.pdf",
        views.attestation,
        name="declaration_attestation",
    ),
    path(
        "declarations/<reference:reference>/calendrier.ics", views.calendar_file, name="declaration_calendar"
    ),
    path("declarations/droits/", views.ask_rights, name="ask_rights"),
    path(
        "declarations/droits/<reference:reference>/attestation-de-droits.pdf",
        views.rights_file,
        name="rights_attestation",
    ),
]
