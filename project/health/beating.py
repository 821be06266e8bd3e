"""Where worker and beat write their heartbeats from: inside their own main loops, so a stuck loop is a silent one."""

from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler

from project.health import heartbeats


class WorkerHeartbeat(bootsteps.StartStopStep):
    """A timer in the worker's event loop, running while it is connected to the broker."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None

    def start(self, parent: Any) -> None:
        """Called at every connection to the broker."""
        heartbeats.beat("worker")
        self.timer = parent.timer.call_repeatedly(heartbeats.EVERY_SECONDS, heartbeats.beat, ("worker",))

    def stop(self, parent: Any) -> None:
        """Called when the connection is lost, and at the end."""
        if self.timer:
            self.timer.cancel()
            self.timer = None


class Scheduler(PersistentScheduler):
    """Celery's own scheduler, heard every ten seconds."""

    heard = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due; returns the seconds until the next call."""
        now = heartbeats.time.monotonic()
        if now - self.heard >= heartbeats.EVERY_SECONDS or not self.heard:
            self.heard = now
            heartbeats.beat("beat")
        return min(super().tick(*args, **kwargs), heartbeats.EVERY_SECONDS)
