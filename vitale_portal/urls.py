"""Every address of the portal, floor by floor."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, register_converter

from vitale_portal import errors
from vitale_portal.references import ReferenceConverter

register_converter(ReferenceConverter, "reference")

urlpatterns = [
    path("gestion/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("carte.urls")),
    path("", include("declarations.urls")),
    path("", include("suivi.urls")),
]
if settings.VITALE_DEMONSTRATION:
    urlpatterns.append(path("", include("suivi.urls_demonstration")))

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
