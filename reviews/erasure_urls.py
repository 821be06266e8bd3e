"""Addresses of the pages about erasures and certificates."""

from django.urls import URLPattern, path

from reviews.views import erasure_choices, erasures

urlpatterns: list[URLPattern] = [
    path("erasures/", erasures.erasures, name="erasures"),
    path("erasures/report/", erasures.report, name="erasure-report"),
    path("erasures/report.csv", erasures.report_csv, name="erasure-report-csv"),
    path("erasures/report.json", erasures.report_json, name="erasure-report-json"),
    path("erasures/<uuid:erasure_id>/", erasures.erasure, name="erasure-read"),
    path("erasures/orders/", erasure_choices.orders, name="orders"),
    path("erasures/runs/", erasure_choices.runs, name="erasure-runs"),
    path("erasures/<uuid:erasure_id>/undo/", erasure_choices.undo, name="erasure-undo"),
    path("erasures/<uuid:erasure_id>/redact/", erasure_choices.redact, name="erasure-redact"),
    path("erasures/<uuid:erasure_id>/erase/", erasure_choices.erase, name="erasure-erase"),
    path("activations/", erasure_choices.activations, name="activations"),
    path("certificates/", erasures.certificates, name="certificates"),
    path("certificates/<uuid:certificate_id>/", erasures.certificate, name="certificate-read"),
    path("certificates/<uuid:certificate_id>/download/", erasures.certificate_download, name="certificate-download"),
    path("certificates/<uuid:certificate_id>/pdf/", erasures.certificate_pdf, name="certificate-pdf"),
]
