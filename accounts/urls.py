"""Addresses of the ground floor."""

from django.urls import path

from accounts import session_views, views

urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("messagerie/", views.inbox, name="inbox"),
    path("messagerie/<reference:reference>/", views.message, name="message"),
    path("mes-informations/", views.profile, name="profile"),
    path("mes-informations/sessions/", session_views.session_list, name="session_list"),
    path("mes-informations/sessions/fermer/", session_views.session_close, name="session_close"),
    path(
        "mes-informations/sessions/fermer-les-autres/",
        session_views.session_close_others,
        name="session_close_others",
    ),
    path("session/rester/", session_views.session_stay, name="session_stay"),
    path("session/reste/", session_views.session_left, name="session_left"),
    path("reprendre/", session_views.reprise, name="reprise"),
    path("mes-informations/adresse/", views.address, name="address"),
    path("mes-informations/adresse/communes/", views.communes, name="communes"),
]
