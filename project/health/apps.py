from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "project.health"
    label = "health"

    def ready(self) -> None:
        """Register our own checks, and bind shared tasks to our Celery app (project/__init__ stays free of Django)."""
        from project import celery  # noqa: F401  # importing it is what binds
        from project.health import access_log, checks

        access_log.connect()
        checks.register_all()
