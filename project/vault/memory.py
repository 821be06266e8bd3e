"""Keys are in memory for as long as a request; a crash must not write that memory to a disk."""

from __future__ import annotations

import ctypes
import resource

PR_SET_DUMPABLE = 4


def keep_out_of_dumps() -> None:
    """No core file, and no core handed to a crash collector either; nobody without root may attach to this process.

    The limit alone is not enough: the kernel ignores it where cores are piped to a program (core(5)). Linux only; the
    call fails quietly elsewhere, as after a fork in a sandbox without prctl, and the limit still holds.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
