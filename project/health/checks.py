"""The promises and conditions that belong to nobody's app: stores, broker, worker and beat."""

from functools import partial

from django.db import connections

from project.health import heartbeats
from project.health.registry import register, register_ready


def database_answers(alias: str) -> str | None:
    """None when the database takes a statement."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return None


def broker_answers() -> str | None:
    """None when Celery's broker lets us in within about a second."""
    from project.celery import app

    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
            connection.default_channel.close()
    except Exception as error:  # every transport raises its own kind
        return f"the broker does not answer ({type(error).__name__})"
    return None


def register_all() -> None:
    """Called by HealthConfig.ready."""
    register_ready("database", partial(database_answers, "default"))
    register_ready("key-store", partial(database_answers, "keys"))
    register("database", partial(database_answers, "default"))
    register("key-store", partial(database_answers, "keys"))
    register("broker", broker_answers)
    register("worker", partial(heartbeats.fault, "worker"))
    register("beat", partial(heartbeats.fault, "beat"))
