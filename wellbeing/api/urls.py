from django.urls import URLPattern, path

from wellbeing.api import insights, me

urlpatterns: list[URLPattern] = [
    path("me/exposure/", me.exposure, name="me-exposure"),
    path("me/check-ins/", me.check_ins, name="me-check-ins"),
    path("me/check-ins/<uuid:check_in_id>/", me.check_in, name="me-check-in"),
    path("me/preferences/", me.preferences, name="me-preferences"),
    path("insights/", insights.insights, name="insights"),
]
