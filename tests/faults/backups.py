"""Backups as an operator takes them: pg_dump of both databases, copies of the blob store's and the ring's folder.

A restore goes into databases and a folder of its own, so that the test's stay as they are; whatever is then run on it
runs in real processes that know nothing else. As a program, `python -m tests.faults.backups`, this is one of them: it
asks /readyz, reconciles twice as the command does, asks again, and prints what it was told as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connections

from project.embedded.wheels import postgres_program

STORES = {"DATABASE_URL": "default", "KEYSTORE_URL": "keys"}


@dataclass(frozen=True)
class Backup:
    """One night's backup of everything, in a folder."""

    folder: Path

    @classmethod
    def take(cls, folder: Path) -> "Backup":
        for alias in STORES.values():
            dump = ["pg_dump", "--format=custom", "--compress=0", f"--file={folder / alias}", _beside(alias)]
            _postgres(*dump)
        shutil.copytree(settings.VAULT_URL, folder / "blobs")
        shutil.copytree(settings.KEYRING, folder / "ring")
        return cls(folder)

    @contextmanager
    def restored(self, *aliases: str) -> Iterator[dict[str, str]]:
        """The environment of a service on the restored stores; databases not named are the living ones."""
        made = {}
        blobs = self.folder / f"restored-{uuid4().hex[:8]}"
        shutil.copytree(self.folder / "blobs", blobs)
        try:
            for name, alias in STORES.items():
                if alias in aliases:
                    made[name] = f"restored_{uuid4().hex}"
                    _execute(f'CREATE DATABASE "{made[name]}"')
                    _postgres(
                        "pg_restore", "--exit-on-error", f"--dbname={_beside(alias, made[name])}", self.folder / alias
                    )
            urls = {name: _beside(alias, made.get(name)) for name, alias in STORES.items()}
            yield {
                **os.environ,
                **urls,
                "KEYRING": str(settings.KEYRING),
                "VAULT_URL": str(blobs),
                "DATABASE_POOL": "4",
            }
        finally:
            for database in made.values():
                _execute(f'DROP DATABASE "{database}" WITH (FORCE)')


def _beside(alias: str, database: str | None = None) -> str:
    from tests.realtime.server import database_url

    url = database_url(alias)
    return url if database is None else f"{url.rpartition('/')[0]}/{database}"


def _postgres(program: str, *arguments: str | Path) -> None:
    subprocess.run([postgres_program(program), *arguments], check=True, capture_output=True)


def _execute(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


def reconciled(environment: dict[str, str], *arguments: str) -> dict[str, object]:
    """What a process that knows only this environment found before, while and after it reconciled."""
    program = [sys.executable, "-m", "tests.faults.backups", *arguments]
    said = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=200)
    assert said.returncode == 0, said.stderr[-2000:]
    return json.loads(said.stdout.strip().splitlines()[-1])


def main(arguments: list[str]) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    from io import StringIO

    from django.core.management import CommandError, call_command
    from django.test import Client

    found: dict[str, object] = {"before": Client().get("/readyz").status_code, "refused": False}
    for said in ("said", "said_again"):
        out = StringIO()
        try:
            call_command("reconcile", *arguments, stdout=out)
        except CommandError:
            found["refused"] = True
        found[said] = out.getvalue()
    found |= {"after": Client().get("/readyz").status_code, **state()}
    sys.stdout.write(json.dumps(found) + "\n")


def state() -> dict[str, object]:
    """How clips, keys, bytes and certificates stand, by clip."""
    from project import vault
    from project.vault.models import DataKey
    from reviews.models import Certificate, Clip, Erasure

    ids = list(Clip.objects.values_list("pk", flat=True))
    return {
        "clips": {str(pk): state for pk, state in Clip.objects.values_list("pk", "state")},
        "keys": sorted(str(pk) for pk in DataKey.objects.filter(kind="clip").values_list("pk", flat=True)),
        "bytes": sorted(str(pk) for pk in vault.parts_left(ids)),
        "reasons": sorted(Erasure.objects.values_list("reason", flat=True)),
        "certificates": sorted(str(pk) for pk in Certificate.objects.values_list("erasure__clip_id", flat=True)),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
