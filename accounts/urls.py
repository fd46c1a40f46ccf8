"""Addresses of the ground floor."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("messagerie/", views.inbox, name="inbox"),
    path("messagerie/<reference:reference>/", views.message, name="message"),
    path("mes-informations/", views.profile, name="profile"),
    path("mes-informations/consultations/", views.file_looks, name="file_looks"),
    path("mes-informations/adresse/", views.address, name="address"),
    path("mes-informations/adresse/communes/", views.communes, name="communes"),
]
