"""Addresses of erasures in the API."""

from django.urls import URLPattern, path

from reviews.api import erasures

urlpatterns: list[URLPattern] = [
    path("erasures/", erasures.erasures),
    path("erasures/<uuid:erasure_id>/", erasures.erasure),
    path("erasures/<uuid:erasure_id>/certificate/", erasures.certificate),
    path("subject-erasures/", erasures.subject_erasures),
    path("subject-erasures/<uuid:request_id>/", erasures.subject_erasure),
]
