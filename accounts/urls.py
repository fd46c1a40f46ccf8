"""Addresses of the ground floor."""

from django.urls import path

from accounts import data_views, profile_views, views

urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("messagerie/", views.inbox, name="inbox"),
    path("messagerie/<reference:reference>/", views.message, name="message"),
    path("mes-informations/", profile_views.profile, name="profile"),
    path("mes-informations/adresse/", profile_views.address, name="address"),
    path("mes-informations/adresse/communes/", profile_views.communes, name="communes"),
    path("mes-informations/adresse-electronique/", profile_views.email, name="email"),
    path(
        "mes-informations/adresse-electronique/confirmer/", profile_views.email_confirm, name="email_confirm"
    ),
    path("mes-informations/code/", profile_views.code, name="code"),
    path("mes-informations/coordonnees-bancaires/", profile_views.bank, name="bank"),
    path("mes-informations/correction/", profile_views.rectification, name="rectification"),
    path("mes-informations/mes-donnees/", data_views.export, name="export"),
]
