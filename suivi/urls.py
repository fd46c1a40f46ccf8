"""Addresses of the floor ``suivi``, and the public pages."""

from django.urls import path

from suivi import views

urlpatterns = [
    path("", views.home, name="home"),
    path("aide/", views.help_page, name="help"),
    path("accueil/", views.dashboard, name="dashboard"),
    path("mes-demarches/", views.demarches, name="demarches"),
    path("suivi/", views.tracking_list, name="tracking_list"),
    path("suivi/<reference:reference>/", views.tracking, name="tracking"),
]
