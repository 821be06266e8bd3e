"""Nothing of ours starts beside a key store that the ring does not fit: web, worker, beat and `prepare` ask here first.

What would be sealed or looked up with another ring would be lost, and each process would find that out for itself, one
request at a time. While the key store is away nothing can be sealed; then this lets start and /readyz says so.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import Error as DatabaseError
from django.db import connections

from project.vault.models import MasterKey
from project.vault.registration import ring_faults
from project.vault.router import KEYS

EX_CONFIG: Final = 78  # of sysexits.h: a fault of the configuration, which starting again does not mend


def refuse_a_wrong_ring(**_: Any) -> None:
    """Say in one line what is wrong and what to do, and exit with 78. Takes whatever a signal sends along."""
    with ThreadPoolExecutor(1) as aside:  # an ASGI server loads its application inside its loop, where Django won't ask
        faults = aside.submit(_faults).result()
    if not faults:
        return
    more = f" ({len(faults) - 1} more)" if faults[1:] else ""
    sys.stderr.write(
        f"Earshot does not start: {faults[0].removesuffix('.')}{more}. Put the key ring (KEYRING) that belongs to "
        "this key store (KEYSTORE_URL) back from its backup; docs/vault.md says how. Nothing was written.\n"
    )
    raise SystemExit(EX_CONFIG)


def _faults() -> list[str]:
    """What does not fit; nothing for a key store that is away, or so new that it knows no ring yet."""
    try:
        return ring_faults() if MasterKey.objects.exists() else []
    except DatabaseError:
        return []
    finally:
        # Whoever asked may fork next: a pool's threads stay behind in the parent, its connections must not be shared.
        connections[KEYS].close()
        connections[KEYS].close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's wrapper
