from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "project.health"
    label = "health"

    def ready(self) -> None:
        """Bind shared tasks to our Celery app in every process (project/__init__ stays free of Django)."""
        from project import celery  # noqa: F401  # importing it is what binds
