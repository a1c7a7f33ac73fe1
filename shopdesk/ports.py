"""Ports of this machine, for desks that are started beside others."""

import socket
import time


def free_port() -> int:
    """Give a port that nobody listens on. Another process may take it meanwhile."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, patience_s: float = 30) -> None:
    """Wait until somebody listens. Raises TimeoutError."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens at {port}")
