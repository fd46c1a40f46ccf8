"""Addresses that only a demonstration has."""

from django.urls import path

from suivi import demonstration_views as views

urlpatterns = [
    path("demonstration/", views.demonstration, name="demonstration"),
    path("demonstration/mails/", views.mails, name="demonstration_mails"),
    path("demonstration/fichiers/<str:kind>/", views.sample_file, name="demonstration_file"),
]
