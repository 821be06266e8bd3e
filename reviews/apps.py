"""The life of a clip: ingest, queue, lease, review, erasure."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        """Say what this app adds to the others: notices, tasks, health checks, who owns the keys of clips."""
        from project import home
        from project.accounts.actions.accounts import when_somebody_leaves
        from reviews import erasure_registrations, queue_registrations
        from reviews.actions import departures
        from reviews.home import cards

        home.register(cards)
        when_somebody_leaves(departures.hand_back)
        queue_registrations.register()
        erasure_registrations.register()
