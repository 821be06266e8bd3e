"""The life of a clip: ingest, queue, lease, review, erasure."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Reviews"
