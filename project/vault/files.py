"""Files that are there whole or not at all, and stay after a power cut (pure)."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a rename or unlink is only safe once its folder was synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path, *, under: Path) -> None:
    """Make a folder and its parents below `under`, each mode 0700 and synced into its parent."""
    missing = [step for step in (folder, *folder.parents) if step.is_relative_to(under) and not step.exists()]
    for step in reversed(missing):
        step.mkdir(mode=0o700, exist_ok=True, parents=step == under)
        sync_folder(step.parent)


def write_once(path: Path, content: bytes) -> None:
    """Create a file, mode 0600, whole and synced; if it exists already it is left alone."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
