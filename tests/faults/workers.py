"""Real Celery workers as processes of their own, on the test's databases and broker; some stop at a chosen place.

Run as a program, `python -m tests.faults.workers PLACE`, this is such a worker: at PLACE it says so by making a file
and then stands still, so that the test can kill it exactly there. The product has no such places; they are patched in.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# Where a worker can be stopped: the function before (or after) whose work it stands still.
PLACES = {
    "under-the-clips-lock": ("reviews.actions.point_of_no_return", "held_among", "before"),
    "past-recall": ("reviews.actions.erasures", "shred", "before"),
    "key-gone": ("reviews.actions.shredding", "delete_bytes", "before"),
    "bytes-gone": ("reviews.actions.shredding", "delete_bytes", "after"),
    "values-cleared-uncommitted": ("reviews.actions.shredding", "clear_values", "after"),
    "shredded": ("reviews.actions.erasures", "verify_and_certify", "before"),
    "verified": ("reviews.actions.certificates", "_signed_bodies", "after"),
    "certificate-uncommitted": ("reviews.actions.certificates", "_issue", "after"),
    "certified-unacknowledged": ("reviews.actions.erasures", "verify_and_certify", "after"),
}
REDACTION_PLACES = {
    "silenced": ("reviews.actions.redactions", "silenced_parts", "after"),
    "new-key": ("reviews.actions.redactions", "_key_for", "after"),
    "stored": ("reviews.actions.point_of_no_return", "read_back", "before"),
    "switched-uncommitted": ("reviews.actions.point_of_no_return", "switch", "after"),
    "switched": ("reviews.actions.erasures", "shred", "before"),
    "old-key-gone": ("reviews.actions.shredding", "delete_bytes", "before"),
    "old-bytes-gone": ("reviews.actions.shredding", "delete_bytes", "after"),
    "old-version-verified": ("reviews.actions.certificates", "_signed_bodies", "after"),
    "redaction-uncommitted": ("reviews.actions.certificates", "go_on", "after"),
}
EXPORT_PLACES = {
    "export-claimed": ("escalations.actions.export_builds", "stream", "before"),
    "export-half-packed": ("escalations.export.package", "report_pdf", "before"),
    "export-stored": ("escalations.actions.export_builds", "finish", "before"),
    "export-unacknowledged": ("escalations.actions.export_builds", "finish", "after"),
}
SEND_PLACES = {"message-taken": ("project.notices.actions.sends", "_hand_over", "after")}
NOWHERE = "nowhere"
BEAT = "beat"


def environment(folder: Path, lease_seconds: int) -> dict[str, str]:
    """This process's environment, pointed at the test databases."""
    from django.db import connections

    names = {"DATABASE_URL": "default", "KEYSTORE_URL": "keys"}
    found = {}
    for name, alias in names.items():
        at = connections[alias].settings_dict
        found[name] = f"postgresql://{at['USER']}@{quote(str(at['HOST']), safe='')}:{at['PORT']}/{at['NAME']}"
    return {
        **os.environ, **found, "ERASURE_LEASE_SECONDS": str(lease_seconds), "STANDS_STILL_FILE": str(folder / "here"),
        "DATABASE_POOL": "4",
    }  # fmt: skip


@contextmanager
def worker(folder: Path, place: str = NOWHERE, *, lease_seconds: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process group of its own; whatever is left of it is killed at the end."""
    with (folder / f"{place}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.workers", place],
            env=environment(folder, lease_seconds), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 the worker and its children, and wait until it is gone, and from the databases too.

    PostgreSQL takes back what was not committed when it notices, a moment later; until then its rows are locked.
    """
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    wait_until(_nobody_is_amid_a_transaction)


def _nobody_is_amid_a_transaction() -> bool:
    from django.db import connections

    found = 0
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL"
            )
            found += cursor.fetchone()[0]
    return found == 0


def wait_until(holds, *, seconds: float = 90, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for a condition; fail at once when the process that should bring it about is gone."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert process is None or process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def stands_still(folder: Path) -> bool:
    return (folder / "here").exists()


def _stop_here(*args, **kwargs) -> None:
    Path(os.environ["STANDS_STILL_FILE"]).touch()
    time.sleep(3600)


def _patch(place: str) -> None:
    from importlib import import_module

    module_name, name, when = (PLACES | REDACTION_PLACES | EXPORT_PLACES | SEND_PLACES)[place]
    module = import_module(module_name)
    real = getattr(module, name)

    def before(*args, **kwargs):
        _stop_here()

    def after(*args, **kwargs):
        real(*args, **kwargs)
        _stop_here()

    setattr(module, name, before if when == "before" else after)


def beat(app) -> None:
    """Celery beat as in production, but every schedule that is a minute is a second."""
    for entry in app.conf.beat_schedule.values():
        if entry["schedule"] == 60:
            entry["schedule"] = 1
    schedule = Path(os.environ["STANDS_STILL_FILE"]).parent / "beat-schedule"
    app.start(["beat", f"--schedule={schedule}", "--loglevel=error", f"--pidfile={schedule}.pid"])


def main(place: str) -> None:
    """Become a Celery worker with one child, as in production, stopping at `place`."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    from project.celery import app

    if place == BEAT:
        beat(app)
        return
    if place != NOWHERE:
        _patch(place)
    app.worker_main(["worker", "--pool=prefork", "--concurrency=1", "--without-gossip", "--without-mingle"])


if __name__ == "__main__":
    main(sys.argv[1])
