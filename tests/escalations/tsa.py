"""A throw-away timestamp authority: `openssl ts -reply` behind a tiny HTTP server on this machine."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[ext_ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ext_tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[req]
distinguished_name = dn
[dn]
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """Where it answers, and the certificate that its timestamps lead to."""

    url: str
    certificate: Path


def openssl(*arguments: object, folder: Path, content: bytes = b"") -> bytes:
    """Run openssl; whatever it says goes into the failure."""
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, input=content, capture_output=True, check=False)
    assert done.returncode == 0, (command, done.stderr.decode())
    return done.stdout


def make_authority(folder: Path) -> None:
    """A root and a signer for timestamps under it."""
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Throw-away root",
            "-extensions", "ext_ca", "-days", 2, folder=folder)  # fmt: skip
    openssl("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Throw-away authority", folder=folder)
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", 2,
            "-extfile", "tsa.cnf", "-extensions", "ext_tsa", "-out", "tsa.pem", folder=folder)  # fmt: skip


def reply(folder: Path, query: bytes) -> bytes:
    """The authority's answer to one query."""
    (folder / "query.tsq").write_bytes(query)
    openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", "query.tsq", "-signer", "tsa.pem",
            "-inkey", "tsa.key", "-chain", "ca.pem", "-out", "reply.tsr", folder=folder)  # fmt: skip
    return (folder / "reply.tsr").read_bytes()


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """The authority, answering on a free port for as long as the block lasts."""
    make_authority(folder)
    lock = threading.Lock()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                answer = reply(folder, query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Authority(f"http://127.0.0.1:{server.server_port}/tsa", folder / "ca.pem")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
