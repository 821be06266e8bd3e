"""The witness: a folder or an address outside, which gets every checkpoint and so notices a rewritten history.

Folder: one file a checkpoint, checkpoint-<id>-<size>.txt, never replaced; other bytes under a name are a refusal.
Address: POST of the signed note as text/plain. 2xx: taken. 4xx but 408, 425 and 429: refused, for good. All else: away.
"""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from project.ledger.models import Checkpoint
from project.vault.files import write_once

PATIENCE: Final = 10  # seconds for each step of the exchange
TRY_AGAIN: Final = frozenset({408, 425, 429})


class WitnessAway(Exception):
    """It did not answer, or not now; tried again. `code` is a short token for the row."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:60]


class Refused(WitnessAway):
    """It will never take this one: somebody has to look."""


def is_address(witness: str) -> bool:
    return urlsplit(witness).scheme in ("http", "https")


def hand(witness: str, checkpoint: Checkpoint) -> None:
    """Give it one checkpoint; again is fine. Raises WitnessAway, Refused."""
    if is_address(witness):
        _post(witness, checkpoint)
    else:
        _lay_down(Path(witness), checkpoint)


def name_of(checkpoint: Checkpoint) -> str:
    return f"checkpoint-{checkpoint.pk:012d}-{checkpoint.tree_size}.txt"


def _lay_down(folder: Path, checkpoint: Checkpoint) -> None:
    """The folder is never made here: one that is not mounted must not be taken for an empty one."""
    path, note = folder / name_of(checkpoint), checkpoint.note.encode()
    try:
        write_once(path, note)
        kept = path.read_bytes()
    except OSError as error:
        raise WitnessAway(f"folder-{type(error).__name__}") from None
    if kept != note:
        raise Refused("another-checkpoint-is-kept-under-this-name")


def _post(address: str, checkpoint: Checkpoint) -> None:
    status = _answer(address, checkpoint.note.encode())
    if 200 <= status < 300:
        return
    if 400 <= status < 500 and status not in TRY_AGAIN:
        raise Refused(f"http-{status}")
    raise WitnessAway(f"http-{status}")


def _answer(address: str, note: bytes) -> int:
    """The status. A redirection is not followed: the witness is where the settings say."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, note, {"Content-Type": "text/plain; charset=utf-8"})
            return connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise WitnessAway(f"no-answer-{type(error).__name__}") from None
