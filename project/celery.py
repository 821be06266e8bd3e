"""The Celery app. Messages are nudges that carry ids; the work itself is always a row that a sweep finds again."""

import os
from urllib.parse import urlsplit

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.conf import settings  # after the line above, which says where they are

VISIBILITY_SECONDS = 3600
HARD_LIMIT_SECONDS = 1800


def broker_url(url: str) -> str:
    """Celery's spelling of a Redis socket: redis-py says unix://PATH?db=1, kombu redis+socket://PATH?virtual_host=1."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?{parts.query.replace('db=', 'virtual_host=')}"


app = Celery("earshot")
app.set_default()  # for threads too: the current app is remembered per thread
app.conf.update(
    broker_url=broker_url(settings.BROKER_URL),
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
    # A worker that dies gives the message back; every task may therefore run twice and must not mind.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # No task may outlive the time after which Redis hands its message to a second worker.
    task_soft_time_limit=HARD_LIMIT_SECONDS - 60,
    task_time_limit=HARD_LIMIT_SECONDS,
    worker_max_tasks_per_child=1000,
    # A broker that is away costs the caller at most about a second: the sweep will do what nobody announced.
    task_publish_retry=False,
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_SECONDS,
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
        "socket_keepalive": not broker_url(settings.BROKER_URL).startswith("redis+socket"),
    },
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    beat_scheduler="project.health.beating:Scheduler",
    beat_schedule=getattr(settings, "CELERY_BEAT_SCHEDULE", {}),
)
app.steps["consumer"].add("project.health.beating:WorkerHeartbeat")
app.autodiscover_tasks()
