"""The embedded stores of one instance, or the addresses from outside that replace them."""

import signal
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from project.embedded.instance import STORES, Instance
from project.embedded.postgres import Cluster
from project.embedded.supervisor import Program, Supervisor
from project.embedded.valkey import Valkey

KEYS_ROLE = "earshot_keys"


@dataclass
class Stores:
    """Two PostgreSQL clusters, so that a copy of one never holds the other, and a Valkey: each only if needed."""

    instance: Instance
    clusters: dict[str, tuple[Cluster, str, Path]] = field(default_factory=dict)
    valkey: Valkey | None = None

    def __post_init__(self) -> None:
        sockets, data, logs = self.instance.socket_folder(), self.instance.data, self.instance.logs
        if not self.instance.external("DATABASE_URL"):
            main = Cluster(data / "postgres", sockets / "main")
            self.clusters["DATABASE_URL"] = (main, "earshot", logs / "postgres.log")
        if not self.instance.external("KEYSTORE_URL"):
            keys = Cluster(data / "postgres-keys", sockets / "keys")
            self.clusters["KEYSTORE_URL"] = (keys, "earshot_keys", logs / "postgres-keys.log")
        if not (self.instance.external("REDIS_URL") and self.instance.external("BROKER_URL")):
            self.valkey = Valkey(sockets / "valkey")

    @property
    def _valkey_log(self) -> Path:
        return self.instance.logs / "valkey.log"

    def launch(self, supervisor: Supervisor) -> None:
        """Start all of them side by side, without waiting."""
        programs = []
        for cluster, _, log in self.clusters.values():
            cluster.create()
            name = cluster.folder.name
            programs.append(Program(name, partial(cluster.launch, log), log, signal.SIGINT, patience=30))
        if self.valkey:
            programs.append(Program("valkey", partial(self.valkey.launch, self._valkey_log), self._valkey_log))
        supervisor.start(*programs)

    def addresses(self) -> dict[str, str]:
        """What settings need to reach them; from outside where given."""
        found = {name: cluster.url(database) for name, (cluster, database, _) in self.clusters.items()}
        if "KEYSTORE_URL" in found:  # `prepare` makes the service's role and gives it its rights
            cluster, database, _ = self.clusters["KEYSTORE_URL"]
            found |= {"KEYSTORE_OWNER_URL": found["KEYSTORE_URL"], "KEYSTORE_URL": cluster.url(database, KEYS_ROLE)}
        if self.valkey:
            found |= {"REDIS_URL": self.valkey.url, "BROKER_URL": self.valkey.broker_url}
        return found | {name: self.instance.outside[name] for name in STORES if self.instance.external(name)}

    def wait(self) -> None:
        """Wait until they answer and hold their databases."""
        for cluster, database, log in self.clusters.values():
            cluster.wait(log)
            cluster.create_database(database)
        if self.valkey:
            self.valkey.wait(self._valkey_log)
