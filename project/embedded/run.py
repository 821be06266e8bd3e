"""`make run`: everything Earshot needs, in one terminal, from one data folder.

Order: port, folder's lock, leftovers of a crash, stores, migrations and demo, then web, worker and beat.
Stopping is the reverse, whatever the reason: Ctrl-C, SIGTERM, an error, or one program that keeps dying.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from project.embedded import processes, web
from project.embedded.errors import CannotStart
from project.embedded.instance import Instance
from project.embedded.postgres import Cluster
from project.embedded.roster import Roster
from project.embedded.supervisor import Program, Supervisor
from project.embedded.tether import PR_SET_PDEATHSIG
from project.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
WEB_PROCESSES = 2
DEMO_PEOPLE = (
    ("reviewer1 to reviewer6", "listen; 1-3 report to supervisor1, 4-6 to supervisor2"),
    ("supervisor1, supervisor2", "queue, quotas, triage"),
    ("legal1, legal2", "cases referred to legal, holds, exports"),
    ("moderator1, moderator2", "support rooms"),
    ("auditor", "ledger, certificates, receipts"),
    ("admin", "accounts, teams, policies"),
    ("ingest, feed", "service accounts: tokens from manage.py issue_token"),
)


class Stop(BaseException):
    """Somebody asked us to stop (SIGINT, SIGTERM, SIGHUP)."""


def _ask_to_stop(_number: int, _frame: FrameType | None) -> NoReturn:
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


def start_stores(instance: Instance, supervisor: Supervisor) -> dict[str, str]:
    """Start the embedded stores that no address from outside replaces; returns the addresses of all."""
    sockets = instance.socket_folder()
    stores = {
        name: instance.outside[name]
        for name in ("DATABASE_URL", "KEYSTORE_URL", "REDIS_URL", "BROKER_URL")
        if instance.external(name)
    }
    clusters = {
        "DATABASE_URL": (Cluster(instance.data / "postgres", sockets / "main"), "earshot", "postgres"),
        "KEYSTORE_URL": (Cluster(instance.data / "postgres-keys", sockets / "keys"), "earshot_keys", "postgres-keys"),
    }
    wanted = {name: each for name, each in clusters.items() if name not in stores}
    programs = []
    for cluster, _, name in wanted.values():
        cluster.create()
        log = instance.logs / f"{name}.log"
        programs.append(Program(name, partial(cluster.launch, log), log, signal.SIGINT, patience=30))
    valkey = Valkey(sockets / "valkey")
    valkey_log = instance.logs / "valkey.log"
    valkey_wanted = "REDIS_URL" not in stores or "BROKER_URL" not in stores
    if valkey_wanted:
        programs.append(Program("valkey", partial(valkey.launch, valkey_log), valkey_log))
        stores.setdefault("REDIS_URL", valkey.url)
        stores.setdefault("BROKER_URL", valkey.broker_url)
    supervisor.start(*programs)
    for variable, (cluster, database, name) in wanted.items():
        cluster.wait(instance.logs / f"{name}.log")
        cluster.create_database(database)
        stores[variable] = cluster.url(database)
    if valkey_wanted:
        valkey.wait(valkey_log)
    return stores


def prepare(environment: dict[str, str], log: Path) -> None:
    """Migrate, collect static files, seed: one short Django process; its output goes to a log."""
    with processes.open_log(log) as output:
        process = processes.start([sys.executable, "manage.py", "prepare"], output=output, environment=environment)
    try:
        code = process.wait()
    except Stop:
        processes.stop(process, signal.SIGTERM, patience=5)
        raise
    if code != 0:
        raise CannotStart(f"Preparing the databases failed. The end of {log}:\n{processes.end_of(log, 1500)}")


def start_programs(
    instance: Instance, supervisor: Supervisor, listener: socket.socket, environment: dict[str, str]
) -> None:
    """Start web, worker and beat side by side."""
    python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "project.celery"]
    quiet = ["--without-gossip", "--without-mingle", "-O", "fair", "--concurrency", "2", "--loglevel", "INFO"]
    lines = {f"web-{number}": [python, web.__file__, str(listener.fileno())] for number in range(1, WEB_PROCESSES + 1)}
    lines["worker"] = [*celery, "worker", *quiet]
    lines["beat"] = [
        *celery,
        "beat",
        "--schedule",
        str(instance.data / "beat-schedule"),
        "--pidfile",
        "",
        "--loglevel",
        "INFO",
    ]
    programs = []
    for name, line in lines.items():
        log = instance.logs / f"{name}.log"
        keep = (listener.fileno(),) if name.startswith("web") else ()
        programs.append(Program(name, partial(_launch, line, log, environment, keep), log))
    supervisor.start(*programs)


def _launch(line: list[str], log: Path, environment: dict[str, str], keep: tuple[int, ...]) -> subprocess.Popen[bytes]:
    with processes.open_log(log) as output:
        return processes.start(line, output=output, environment=environment, keep=keep)


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
        say("Starting the stores ...")
        settings = instance.settings(start_stores(instance, supervisor))
        instance.write_settings(settings)
        environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        say("Preparing the databases ...")
        prepare(environment, instance.logs / "prepare.log")
        say("Starting web, worker and beat ...")
        start_programs(instance, supervisor, listener, environment)
        wait_until_serving(instance, supervisor)
        announce(instance, settings, time.monotonic() - began)
        while True:
            supervisor.check()
            time.sleep(0.5)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        say("Stopping ...")
        listener.close()
        supervisor.stop()
        lock.close()
        say("Stopped.")


def main(arguments: list[str]) -> int:
    """Exit status 0 after a wish to stop, 1 with a plain sentence when something kept us from starting."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when `make` is killed")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
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
