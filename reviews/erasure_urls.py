"""Addresses of the pages about erasures and certificates."""

from django.urls import URLPattern, path

from reviews.views import erasures

urlpatterns: list[URLPattern] = [
    path("erasures/", erasures.erasures, name="erasures"),
    path("erasures/report/", erasures.report, name="erasure-report"),
    path("erasures/<uuid:erasure_id>/", erasures.erasure, name="erasure-read"),
    path("certificates/", erasures.certificates, name="certificates"),
    path("certificates/<uuid:certificate_id>/", erasures.certificate, name="certificate-read"),
    path("certificates/<uuid:certificate_id>/download/", erasures.certificate_download, name="certificate-download"),
]
