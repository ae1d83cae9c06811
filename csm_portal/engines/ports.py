"""The port the portal is served on: chosen once per checkout, kept while it is free."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from csm_portal.engines.processes import EngineError

FIRST_PORT = 8000
PORTS_TRIED = 100


def _remembered(var: Path) -> int:
    path = var / "port"
    return int(path.read_text()) if path.exists() else FIRST_PORT


def remembered_site_url(var: Path) -> str:
    """Where the portal of this checkout was served last, for links made while it is not."""
    return f"http://localhost:{_remembered(var)}"


def listening_socket(var: Path) -> socket.socket:
    """A bound loopback socket: on PORT when given, else the last one used here, else the next free.

    Bound here and handed to the web server, so that nobody can take it in between. Raises
    EngineError when PORT is taken or no number.
    """
    asked = os.environ.get("PORT")
    if asked and not (asked.isdecimal() and 0 < int(asked) < 65536):
        raise EngineError(f"PORT is {asked!r}; it must be a number from 1 to 65535.")
    tried = (
        [int(asked)] if asked else [_remembered(var), *range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)]
    )
    for port in tried:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", port))
            bound.listen(128)
        except OSError:
            bound.close()
            continue
        var.mkdir(parents=True, exist_ok=True)
        (var / "port").write_text(str(port))
        return bound
    if asked:
        raise EngineError(f"Port {asked} is taken. Choose another with PORT, or leave it out.")
    raise EngineError(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}.")
