from __future__ import annotations

from django.urls import path

from project.ledger import views

app_name = "ledger"
urlpatterns = [
    path("ledger/", views.entries, name="entries"),
    path("ledger/entries/<uuid:entry_id>/", views.entry, name="entry-read"),
    path("ledger/checkpoint.txt", views.checkpoint, name="checkpoint-download"),
    path("ledger/public-key.pem", views.public_key, name="public-key"),
]
