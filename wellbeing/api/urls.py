from django.urls import URLPattern, path

from wellbeing.api import insights, me, shares

urlpatterns: list[URLPattern] = [
    path("me/exposure/", me.exposure, name="me-exposure"),
    path("me/check-ins/", me.check_ins, name="me-check-ins"),
    path("me/check-ins/<uuid:check_in_id>/", me.check_in, name="me-check-in"),
    path("me/shares/", shares.shares, name="me-shares"),
    path("me/shares/<uuid:share_id>/", shares.share, name="me-share"),
    path("shared-check-ins/", shares.shared, name="shared-check-ins"),
    path("shared-check-ins/<uuid:share_id>/", shares.shared_read, name="shared-check-ins-read"),
    path("me/preferences/", me.preferences, name="me-preferences"),
    path("insights/", insights.insights, name="insights"),
]
