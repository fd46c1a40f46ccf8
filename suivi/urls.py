"""Addresses of the floor ``suivi``, and the public pages."""

from django.urls import path

from suivi import sante_views, satisfaction_views, securite_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("aide/", views.help_page, name="help"),
    path("securite/", securite_views.security, name="security"),
    path(".well-known/security.txt", securite_views.security_txt, name="security_txt"),
    path("robots.txt", securite_views.robots, name="robots"),
    path("sante/", sante_views.alive, name="alive"),
    path("sante/pret/", sante_views.ready, name="ready"),
    path("accueil/", views.dashboard, name="dashboard"),
    path("mes-demarches/", views.demarches, name="demarches"),
    path("suivi/", views.tracking_list, name="tracking_list"),
    path("suivi/<reference:reference>/", views.tracking, name="tracking"),
    path("suivi/<reference:reference>/avis/", satisfaction_views.satisfaction, name="satisfaction"),
]
