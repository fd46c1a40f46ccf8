"""Addresses of the ground floor."""

from django.urls import path

from accounts import sign_in_views, views

urlpatterns = [
    path("connexion/", sign_in_views.sign_in, name="sign_in"),
    path("connexion/code-recu/", sign_in_views.second_step, name="second_step"),
    path("connexion/code-recu/renvoyer/", sign_in_views.second_step_again, name="second_step_again"),
    path("deconnexion/", sign_in_views.sign_out, name="sign_out"),
    path("messagerie/", views.inbox, name="inbox"),
    path("messagerie/<reference:reference>/", views.message, name="message"),
    path("mes-informations/", views.profile, name="profile"),
    path("mes-informations/consultations/", views.file_looks, name="file_looks"),
    path("mes-informations/adresse/", views.address, name="address"),
    path("mes-informations/adresse/communes/", views.communes, name="communes"),
]
