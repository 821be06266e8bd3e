"""Run one program tied to the life of whoever started it: `tether.py PARENT SIGNAL own|mapped PROGRAM...`.

A file of its own, without imports of ours, because it runs as a separate interpreter between fork and exec:
1. `mapped`: enter a new user namespace where the invoking user is seen as 1000:1000. PostgreSQL refuses to
   run as root; seen from inside it isn't, while on disk everything still belongs to the invoking user. No
   account is made and no folder is opened up.
2. Ask the kernel for SIGNAL when the parent dies (after step 1, which would clear it), so that even
   `kill -9` of the parent leaves no orphan.
3. Become the program, with the same process id.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
MAPPED_ID = 1000
NO_NAMESPACE = 97
PARENT_GONE = 98


def _enter_user_namespace(libc: ctypes.CDLL) -> None:
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(NO_NAMESPACE)
    try:
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{MAPPED_ID} {user} 1"),
            ("gid_map", f"{MAPPED_ID} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(line)
    except OSError:
        sys.exit(NO_NAMESPACE)


def main(arguments: list[str]) -> None:
    """Never returns: becomes the program, or exits with NO_NAMESPACE or PARENT_GONE."""
    parent, death_signal, identity, program = int(arguments[0]), arguments[1], arguments[2], arguments[3:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if identity == "mapped":
            _enter_user_namespace(libc)
        libc.prctl(PR_SET_PDEATHSIG, getattr(signal, death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was asked
            sys.exit(PARENT_GONE)
    os.execvp(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
