"""The escalations app: cases, their clocks and holds, disclosures, custody and exports."""

from django.apps import AppConfig


class EscalationsConfig(AppConfig):
    name = "escalations"
    verbose_name = "Escalations"

    def ready(self) -> None:
        """Register what needs two people, and the check that late cases turn /status red."""
        from escalations import checks, registrations  # noqa: F401  # checks register themselves

        registrations.register()
