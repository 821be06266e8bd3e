"""`make run`: everything Earshot needs, in one terminal, from one data folder.

Order: port, folder's lock, leftovers of a crash, stores, migrations and demo, then web, worker and beat.
Stopping is the reverse, whatever the reason: Ctrl-C, SIGTERM, an error, or one program that keeps dying.
"""

import argparse
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from project.embedded import programs
from project.embedded.errors import CannotStart
from project.embedded.forked import fork
from project.embedded.instance import Instance
from project.embedded.roster import Roster
from project.embedded.stores import Stores
from project.embedded.supervisor import Program, Supervisor
from project.embedded.tether import PR_SET_PDEATHSIG

ROOT = Path(__file__).resolve().parents[2]
WEB_PROCESSES = 2
STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEMO_PEOPLE = (
    ("reviewer1 to reviewer6", "listen; 1-3 report to supervisor1, 4-6 to supervisor2"),
    ("supervisor1, supervisor2", "queue, quotas, triage"),
    ("legal1, legal2", "cases referred to legal, holds, exports"),
    ("moderator1, moderator2", "support rooms"),
    ("auditor", "ledger, certificates, receipts"),
    ("admin", "accounts, teams, policies"),
    ("council", "the works council: group figures"),
    ("counsel1", "outside counsel: a case that legal lets them into"),
    ("ingest, feed", "service accounts: tokens from manage.py issue_token"),
)


class Stop(BaseException):
    """Somebody asked us to stop (SIGINT, SIGTERM, SIGHUP)."""

    asked = False  # kept as well: a library in whose callback it was raised may swallow it


def _ask_to_stop(_number: int, _frame: FrameType | None) -> NoReturn:
    Stop.asked = True
    raise Stop


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def bind(port: int) -> socket.socket:
    """Take the port before anything else is touched; raises CannotStart when somebody has it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "not a port"
        raise CannotStart(
            f"Port {port} on 127.0.0.1 cannot be used ({reason}). Choose another: PORT=8001 make run"
        ) from None
    listener.set_inheritable(True)
    return listener


@contextlib.contextmanager
def _errors_into(log: int) -> Iterator[None]:
    """Descriptor 2 itself: what the sound library's C code says of its own files belongs in the log, too."""
    terminal = os.dup(2)
    os.dup2(log, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def prepare(instance: Instance) -> None:
    """Migrate, collect static files, seed an empty demo; what that prints goes to a log.

    In a process of its own: what it loads and allocates would otherwise be a part of every program that is forked.
    """
    from django.core.management import call_command

    log = instance.logs / "prepare.log"
    child = fork("prepare", partial(call_command, "prepare"), log, ())
    try:
        status = child.wait()
    except BaseException:
        child.send_signal(signal.SIGTERM)
        child.wait(30)
        raise
    if status:
        reason = log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise CannotStart(f"preparing the databases failed: {reason}. All of it is in {log}")


def start_programs(instance: Instance, supervisor: Supervisor, listener: socket.socket, lock: int) -> None:
    """Fork web, worker and beat, side by side."""
    mains: dict[str, tuple[Callable[[], None], tuple[int, ...]]]
    mains = {f"web-{number}": (partial(programs.web, listener), (lock,)) for number in range(1, WEB_PROCESSES + 1)}
    aside = (lock, listener.fileno())
    mains["worker"] = (programs.worker, aside)
    mains["beat"] = (partial(programs.beat, instance.data / "beat-schedule"), aside)
    batch = []
    for name, (main, close) in mains.items():
        log = instance.logs / f"{name}.log"
        batch.append(Program(name, partial(fork, name, main, log, close), log))
    supervisor.start(*batch)


def wait_until_serving(instance: Instance, supervisor: Supervisor, patience: float = 90.0) -> None:
    """Wait for the first good answer of /healthz."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        supervisor.check()
        try:
            with urllib.request.urlopen(f"{instance.address}/healthz", timeout=5) as answer:  # noqa: S310  # http only
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotStart(f"The web process does not answer on {instance.address}. Look into {instance.logs}.")


def announce(instance: Instance, settings: dict[str, str], seconds: float) -> None:
    """Print the address and, in a demo, who can sign in."""
    say(f"\nEarshot is ready at {instance.address}   (after {seconds:.1f} s; data and logs in {instance.data})")
    if "DEMO_PASSWORD" in settings:
        say(f"\nDemo accounts, each @earshot.example, password: {settings['DEMO_PASSWORD']}")
        for names, what in DEMO_PEOPLE:
            say(f"  {names:<26}{what}")
    say("\nCtrl-C stops everything.")


def serve(instance: Instance, began: float) -> None:
    """Start everything and keep it running until asked to stop."""
    listener = bind(instance.port)
    instance.create_folders()
    lock = instance.lock()
    roster = Roster(instance.data / "processes.json")
    if left := roster.reap():
        say(f"Ended {left} processes that an earlier run had left behind.")
    supervisor = Supervisor(roster, say)
    try:
        settings = start(instance, supervisor, listener, lock.fileno())
        announce(instance, settings, time.monotonic() - began)
        while True:
            supervisor.check()
            time.sleep(0.5)
    finally:
        for number in STOPPERS:
            signal.signal(number, signal.SIG_IGN)
        say("Stopping ...")
        listener.close()
        supervisor.stop()
        lock.close()
        say("Stopped.")


def fresh_folder(folder: Path) -> Path:
    """An empty 0700 folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def start(instance: Instance, supervisor: Supervisor, listener: socket.socket, lock: int) -> dict[str, str]:
    """Stores, databases, programs, in this order; returns the settings. Django loads while the stores come up."""
    say("Starting the stores ...")
    stores = Stores(instance)
    stores.launch(supervisor)
    settings = instance.settings(stores.addresses())
    instance.write_settings(settings)
    os.environ.update(settings, PROMETHEUS_MULTIPROC_DIR=str(fresh_folder(instance.data / "metrics")))
    programs.load()
    stores.wait()
    say("Preparing the databases ...")
    prepare(instance)
    os.environ.pop("KEYSTORE_OWNER_URL", None)  # what is forked from here on has no use for it
    say("Starting web, worker and beat ...")
    start_programs(instance, supervisor, listener, lock)
    wait_until_serving(instance, supervisor)
    return settings


def main(arguments: list[str]) -> int:
    """Exit status 0 after a wish to stop, 1 with a plain sentence when something kept us from starting."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when `make` is killed")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    for number in STOPPERS:
        signal.signal(number, _ask_to_stop)
    if options.stop_with_parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    os.umask(0o077)
    os.chdir(ROOT)
    try:
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise CannotStart(f"PORT is {port!r}; say a number from 1 to 65535.")
        data = Path(os.environ.get("DATA_DIR") or ROOT / "var").expanduser().resolve()
        serve(Instance(data, int(port), dict(os.environ)), began)
    except CannotStart as error:
        sys.stderr.write(f"Earshot cannot start: {error}\n")
        return 1
    except Stop:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
