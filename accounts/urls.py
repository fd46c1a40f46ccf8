"""Addresses of the ground floor."""

from django.urls import path

from accounts import (
    data_views,
    forgotten_views,
    opening_views,
    profile_views,
    session_views,
    sign_in_views,
    views,
)

urlpatterns = [
    path("connexion/", sign_in_views.sign_in, name="sign_in"),
    path("connexion/code-recu/", sign_in_views.second_step, name="second_step"),
    path("connexion/code-recu/renvoyer/", sign_in_views.second_step_again, name="second_step_again"),
    path("compte/ouvrir/", opening_views.who, name="opening_who"),
    path("compte/ouvrir/preuve/", opening_views.proof, name="opening_proof"),
    path("compte/ouvrir/par-courrier/", opening_views.post, name="opening_post"),
    path("compte/ouvrir/par-courrier/demande/", opening_views.posted, name="opening_posted"),
    path("compte/ouvrir/code-provisoire/", opening_views.provisional_code, name="opening_code"),
    path("compte/ouvrir/conditions/", opening_views.terms, name="opening_terms"),
    path("compte/ouvrir/code-personnel/", opening_views.choose_code, name="opening_choose_code"),
    path("compte/ouvrir/adresse-electronique/", opening_views.email, name="opening_email"),
    path("compte/ouvrir/courriel-envoye/", opening_views.sent, name="opening_sent"),
    path("compte/ouvrir/lien/", opening_views.link, name="opening_link"),
    path("compte/ouvrir/confirmer/", opening_views.confirm, name="opening_confirm"),
    path("conditions-utilisation/", opening_views.terms_of_use, name="terms"),
    path("compte/code-oublie/", forgotten_views.forgotten, name="forgotten"),
    path("compte/code-oublie/envoye/", forgotten_views.sent, name="forgotten_sent"),
    path("compte/code-oublie/par-courrier/", forgotten_views.by_post, name="forgotten_by_post"),
    path("compte/code-oublie/lien/", forgotten_views.link, name="forgotten_link"),
    path("compte/code-oublie/nouveau/", forgotten_views.new_code, name="forgotten_new"),
    path("deconnexion/", sign_in_views.sign_out, name="sign_out"),
    path("messagerie/", views.inbox, name="inbox"),
    path("messagerie/<reference:reference>/", views.message, name="message"),
    path("mes-informations/", profile_views.profile, name="profile"),
    path("mes-informations/consultations/", views.file_looks, name="file_looks"),
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
    path("mes-informations/sessions/", session_views.session_list, name="session_list"),
    path("mes-informations/sessions/fermer/", session_views.session_close, name="session_close"),
    path(
        "mes-informations/sessions/fermer-les-autres/",
        session_views.session_close_others,
        name="session_close_others",
    ),
    path("mes-informations/sessions/oublier/", session_views.device_forget, name="device_forget"),
    path("session/rester/", session_views.session_stay, name="session_stay"),
    path("session/reste/", session_views.session_left, name="session_left"),
    path("reprendre/", session_views.reprise, name="reprise"),
]
