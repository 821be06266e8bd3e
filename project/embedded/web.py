"""One web process on a socket that the supervisor bound: `web.py FILE_DESCRIPTOR`."""

import os
import socket
import sys

import uvicorn

LONGEST_FRAME = 64 * 1024


def main(descriptor: int) -> None:
    """Serve pages, API and sockets until SIGTERM; what is under way gets a few seconds to end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    config = uvicorn.Config(
        "project.asgi:application",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=LONGEST_FRAME,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
