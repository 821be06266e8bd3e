"""Two migrated databases from which a session's own are copied, kept between sessions as a stopped cluster.

Migrating takes Django some eight seconds of a core and each process of a session would do it again; a copy takes a
moment. What is kept depends on every migration and every pinned package: where one changes, it is made anew. Whoever
deletes `.pytest_cache` loses nothing. Migrating itself is tested by every instance that tests start.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from project.embedded.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]
KEPT_IN = ROOT / ".pytest_cache" / "databases"
NAMES = {"default": "template_earshot", "keys": "template_earshot_keys"}


def start_with_templates(cluster: Cluster) -> None:
    """The cluster, running, with both templates in it. Raises CannotStart."""
    kept = KEPT_IN / _digest()
    if kept.exists():
        shutil.copytree(kept, cluster.folder, symlinks=True)
        cluster.start()
        return
    cluster.create()
    cluster.start()
    _migrate(cluster)
    cluster.stop()
    _keep(cluster.folder, kept)
    cluster.start()


def _digest() -> str:
    """Of all that decides what migrating makes."""
    found = hashlib.sha256()
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("project/*/migrations/*.py"), ROOT / "requirements.txt"]
    for path in sorted([*files, ROOT / "project/embedded/postgres.py", Path(__file__)]):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:32]


def _migrate(cluster: Cluster) -> None:
    urls = {"DATABASE_URL": cluster.url(NAMES["default"]), "KEYSTORE_URL": cluster.url(NAMES["keys"])}
    with tempfile.TemporaryDirectory() as folder:  # for a ring and blobs that nothing is put in
        folders = dict.fromkeys(("KEYRING", "VAULT_URL", "DATA_DIR"), folder)
        others = {"SECRET_KEY": "stand-in", "REDIS_URL": "redis://localhost", "DEMO": "1", "EARSHOT_TESTING": "1"}
        for alias, name in NAMES.items():
            cluster.create_database(name)
            program = [sys.executable, "manage.py", "migrate", "--database", alias, "--verbosity", "0"]
            subprocess.run(program, cwd=ROOT, env={**os.environ, **others, **folders, **urls}, check=True)
    cluster.query(NAMES["keys"], "TRUNCATE vault_masterkey, vault_ringmark CASCADE")  # each session has its own ring


def _keep(folder: Path, kept: Path) -> None:
    """Whole or not at all: several sessions may be at it. Older ones go."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
    shutil.copytree(folder, unfinished, symlinks=True)
    try:
        unfinished.rename(kept)
    except OSError:  # somebody else was faster
        shutil.rmtree(unfinished, ignore_errors=True)
    for older in kept.parent.iterdir():
        if not older.name.startswith(kept.name) and older.suffix == "":
            shutil.rmtree(older, ignore_errors=True)
