"""Engines for one manage.py command: those that run already, or some for its own life."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

from csm_portal.engines.cluster import (
    VARIABLES,
    Cluster,
    owned_engines,
    running_environment,
    var_folder,
)
from csm_portal.engines.ports import listening_socket, remembered_site_url
from csm_portal.engines.processes import EngineError, die_with_parent

# Commands that touch no engine.
WITHOUT_ENGINES = {
    "", "help", "version", "--help", "--version", "-h", "check", "build_assets", "collectstatic",
    "messages", "makemessages", "compilemessages", "spectacular", "startapp",
}  # fmt: skip
# Commands that serve: they own the engines, and the port that SITE_URL names.
SERVING = {"run", "demo"}


@dataclass(frozen=True)
class Owned:
    """What a serving command found ready when it began."""

    cluster: Cluster
    web_socket: socket.socket


owned: Owned | None = None


@contextlib.contextmanager
def engines_for(arguments: Sequence[str]) -> Iterator[None]:
    """Have the engines' addresses in the environment while a command runs."""
    if os.environ.get("PORTAL_DIE_WITH_PARENT"):
        # Set by make: whoever kills make, even with -9, ends us, and we end what we started.
        die_with_parent(signal.SIGTERM, parent=os.getppid())
    command = arguments[0] if arguments else ""
    if command in WITHOUT_ENGINES or "--help" in arguments:
        yield
        return
    configured = all(os.environ.get(name) for name in VARIABLES)
    try:
        if command in SERVING:
            with _serving():
                yield
        elif configured:
            yield
        else:
            with _attached_or_owned():
                yield
    except EngineError as error:
        sys.exit(f"error: {error}")


@contextlib.contextmanager
def _serving() -> Iterator[None]:
    global owned
    var = var_folder()
    signal.signal(signal.SIGTERM, _exit_in_order)
    found = running_environment(var)
    if found is not None:
        raise EngineError(f"The portal of this checkout runs already: {found.get('SITE_URL')}")
    web_socket = listening_socket(var)
    os.environ.setdefault("SITE_URL", f"http://localhost:{web_socket.getsockname()[1]}")
    with owned_engines(var, publish={"SITE_URL": os.environ["SITE_URL"]}) as cluster:
        if cluster is None:
            raise EngineError("Another manage.py is starting the portal of this checkout.")
        os.environ.update(cluster.environment)
        owned = Owned(cluster, web_socket)
        yield


@contextlib.contextmanager
def _attached_or_owned() -> Iterator[None]:
    var = var_folder()
    found = running_environment(var)
    if found is not None:
        os.environ.update(found)
        yield
        return
    os.environ.setdefault("SITE_URL", remembered_site_url(var))
    signal.signal(signal.SIGTERM, _exit_in_order)
    with owned_engines(var) as cluster:
        if cluster is None:  # another command was faster between our look and our lock
            os.environ.update(running_environment(var) or {})
        else:
            os.environ.update(cluster.environment)
        yield


def _exit_in_order(number: int, frame: FrameType | None) -> None:
    """Let `finally` blocks stop the engines."""
    sys.exit(128 + number)
