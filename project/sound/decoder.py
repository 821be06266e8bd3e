"""`python -m project.sound.decoder CPU_SECONDS MEMORY`: one decoder, started by project.sound.apart and by nobody else.

Reads recordings from the socket that is its standard input and answers each; ends when the other end is gone. It has
no environment, no network connection, opens no file, starts no process; the kernel ends it when one recording takes
more processor time than it may, and refuses it memory beyond its bound.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import signal
import socket
import sys
from dataclasses import asdict
from typing import Final

from project.sound.apart import ANSWER, REQUEST
from project.sound.limits import BadSound, Fault, Limits
from project.sound.study import study

_PR_SET_NO_NEW_PRIVS: Final = 38
_FEW_FILES: Final = 16


def main(arguments: list[str]) -> None:
    cpu_seconds, memory = map(int, arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us; we end when they do
    ours = socket.socket(fileno=os.dup(0))
    _shut_in(memory)
    with ours, ours.makefile("rb") as incoming:
        while head := incoming.read(REQUEST.size):
            size, *limits = REQUEST.unpack(head)
            _allow_more(cpu_seconds)
            ours.sendall(_answer(incoming.read(size), Limits(*limits)))


def _shut_in(memory: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    bounds = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, _FEW_FILES)]
    bounds += [(resource.RLIMIT_AS, memory), (resource.RLIMIT_NPROC, 0)]
    for what, most in bounds:
        resource.setrlimit(what, (most, most))


def _allow_more(cpu_seconds: int) -> None:
    """The kernel counts the whole life of a process: each recording moves the limit on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _answer(data: bytes, limits: Limits) -> bytes:
    softened = peaks = b""
    try:
        found = study(data, limits)
        said = asdict(found.info)
        softened, peaks = found.softened, found.waveform.as_json()
    except BadSound as bad:
        said = {"fault": bad.fault.value}
    except MemoryError:
        said = {"fault": Fault.UNDECODABLE.value}
    head = json.dumps(said).encode()
    return b"".join((ANSWER.pack(len(head), len(softened), len(peaks)), head, softened, peaks))


if __name__ == "__main__":
    main(sys.argv[1:])
