"""Addresses of erasures in the API."""

from django.urls import URLPattern, path

from reviews.api import erasure_choices, erasure_runs, erasures, withdrawals

urlpatterns: list[URLPattern] = [
    path("erasures/", erasures.erasures),
    path("erasures/report/", erasures.report),
    path("erasures/<uuid:erasure_id>/", erasures.erasure),
    path("erasures/<uuid:erasure_id>/certificate/", erasures.certificate),
    path("erasures/<uuid:erasure_id>/undo/", erasure_choices.undo),
    path("erasures/<uuid:erasure_id>/redact/", erasure_choices.redact),
    path("erasures/<uuid:erasure_id>/erase/", erasure_choices.erase),
    path("erasure-runs/", erasure_runs.erasure_runs),
    path("me/orders/", erasure_choices.undoable),
    path("annotations/false-activations/", erasure_runs.false_activations),
    path("source-withdrawals/", withdrawals.source_withdrawals),
    path("source-withdrawals/<uuid:run_id>/", withdrawals.source_withdrawal),
    path("subject-erasures/", erasures.subject_erasures),
    path("subject-erasures/<uuid:request_id>/", erasures.subject_erasure),
]
