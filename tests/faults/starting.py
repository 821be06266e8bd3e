"""Web, worker, beat and `prepare` as processes that start beside a ring each: `... FOLDER web=RING worker=RING ...`.

Django is loaded once and each is a fork of that, as under `make run`. How each of them ended is said as JSON; what it
wrote to standard error lies in FOLDER under its name.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path


def web(folder: Path) -> None:
    import uvicorn

    uvicorn.Server(uvicorn.Config("project.asgi:application", uds=str(folder / "socket"), lifespan="off")).run()


def worker(folder: Path) -> None:
    from project.celery import app

    app.start(["worker", "--concurrency", "1"])


def beat(folder: Path) -> None:
    from project.celery import app

    app.start(["beat", "--schedule", str(folder / "schedule"), "--pidfile", ""])


def prepare(folder: Path) -> None:
    from django.core.management import call_command

    call_command("prepare")


PROGRAMS: dict[str, Callable[[Path], None]] = {"web": web, "worker": worker, "beat": beat, "prepare": prepare}


def main(folder: Path, cases: list[str]) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    ended = {}
    for name, ring in (case.split("=", 1) for case in cases):
        if (number := os.fork()) == 0:
            os._exit(_run(name, ring, folder))
        ended[name] = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    sys.stdout.write(json.dumps(ended) + "\n")


def _run(name: str, ring: str, folder: Path) -> int:
    from django.conf import settings

    with (folder / name).open("wb") as said:
        os.dup2(said.fileno(), 2)
    settings.KEYRING = Path(ring)
    sys.argv = [name]
    try:
        PROGRAMS[name](folder)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
