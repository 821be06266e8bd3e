"""`manage.py rotate_master_key` as a real process, killed at one place after the other: `... FOLDER PLACE PLACE ...`.

Django is loaded once; each run is a fork of that, begun by a line of input, which at its PLACE writes its number into
FOLDER and stands still until somebody kills it. After the last place comes one that nobody stops. The product has no
such places; they are patched in.
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

# The function before (or after) whose work a rotation stands still, in the order in which it comes there.
PLACES = {
    "new-file-without-row": ("project.vault.ring", "KeyRing.create_master", "after"),
    "new-row": ("project.vault.actions.rotation", "_retire_older", "before"),
    "half-wrapped": ("project.vault.actions.rotation", "_rewrap", "after"),
    "all-wrapped": ("project.vault.actions.rotation", "_back_up", "before"),
    "backup-unread": ("project.vault.actions.rotation", "open_every_key", "before"),
    "backed-up": ("project.vault.actions.rotation", "_destroy_older", "before"),
    "old-file-out-of-reach": ("project.vault.ring", "sync_folder", "before"),
    "old-file-gone": ("project.vault.ring", "KeyRing.destroy_master", "after"),
    "old-backups-left": ("project.vault.actions.rotation", "drop_older_backups", "before"),
}


def main(folder: Path, places: list[str]) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    for place in [*places, ""]:
        sys.stdin.readline()
        number = os.fork()
        if number == 0:
            _run(folder, place)
            os._exit(0)
        _, status = os.waitpid(number, 0)
        if not place and status:
            sys.exit(1)


def _run(folder: Path, place: str) -> None:
    from django.core.management import CommandError, call_command

    from project.vault.actions import rotation

    rotation.PAGES = 1
    if place:
        _patch(folder, place)
    while True:
        try:
            call_command("rotate_master_key", f"--backups={folder / 'backups'}")
        except CommandError as error:
            if "is running already" not in str(error):
                raise
            time.sleep(0.05)  # PostgreSQL has not noticed yet that the one before was killed
        else:
            return


def _patch(folder: Path, place: str) -> None:
    module_name, name, when = PLACES[place]
    *owner, name = name.split(".")
    home = import_module(module_name)
    for part in owner:
        home = getattr(home, part)
    real: Callable[..., object] = getattr(home, name)

    def stopped(*args: object, **kwargs: object) -> None:
        if when == "after":
            real(*args, **kwargs)
        unfinished = folder / "number"
        unfinished.write_text(str(os.getpid()))
        unfinished.rename(folder / place)
        time.sleep(3600)

    setattr(home, name, stopped)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
