"""The pages about exports."""

from django.urls import path

from escalations.views import exports

urlpatterns = [
    path("exports/", exports.exports, name="exports"),
    path("exports/<uuid:export_id>/", exports.export, name="export"),
    path("exports/<uuid:export_id>/approve/", exports.approve, name="export-approve"),
    path("exports/<uuid:export_id>/without-timestamp/", exports.without_timestamp, name="export-without-timestamp"),
    path("exports/<uuid:export_id>/download/", exports.download, name="export-download"),
    path("cases/<uuid:case_id>/exports/new/", exports.new, name="export-new"),
    path("cases/<uuid:case_id>/exports/", exports.propose, name="export-propose"),
]
