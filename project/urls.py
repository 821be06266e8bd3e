"""Every address, by noun, the verb last."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from project import pages
from project.accounts.urls import allauth_urls
from project.api import answer_heads

api: list[URLPattern | URLResolver] = [
    path("", include("reviews.api.urls")),  # first: what people call all day
    path("schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("", include("project.accounts.api.urls")),
    path("", include("project.ledger.api.urls")),
    path("", include("wellbeing.api.urls")),
    path("", include("escalations.api.urls")),
]
answer_heads(api, but=("audio/", "ahead/", "download/", "annotations/"))

urlpatterns = [
    path("", pages.home, name="home"),
    path("api/v1/", include(api)),
    path("", include("project.health.urls")),
    path("", include("project.accounts.urls")),
    *allauth_urls,
    path("", include("project.ledger.urls")),
    path("", include("project.notices.urls")),
    path("", include("wellbeing.urls")),
    path("", include("escalations.urls")),
    path("", include("reviews.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "project.pages.not_found"
handler500 = "project.pages.server_error"
handler400 = "project.pages.bad_request"
handler403 = "project.pages.forbidden"
