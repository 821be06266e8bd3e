"""Ports for servers that a test starts, stops and starts again."""

import random
import socket

# Below the range from which the kernel takes ports for outgoing connections (32768 on): a port of that range that is
# free now may be some client's by the time a server wants it.
_ABOVE, _BELOW = 15_000, 32_000


def free_port() -> int:
    for port in random.SystemRandom().sample(range(_ABOVE, _BELOW), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("two hundred ports were taken")
