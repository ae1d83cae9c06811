"""Engines for one manage.py command: those that run already, or some for its own life."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

from csm_portal.engines.cluster import VARIABLES, owned_engines, running_environment, var_folder
from csm_portal.engines.processes import EngineError, die_with_parent

# Commands that touch no engine, and those that own them in their own way.
WITHOUT_ENGINES = {
    "", "help", "version", "--help", "--version", "-h", "check", "build_assets", "collectstatic",
    "makemessages", "compilemessages", "spectacular", "startapp", "supervise",
}  # fmt: skip


@contextlib.contextmanager
def engines_for(arguments: Sequence[str]) -> Iterator[None]:
    """Have the engines' addresses in the environment while a command runs."""
    if os.environ.get("PORTAL_DIE_WITH_PARENT"):
        # Set by make: whoever kills make, even with -9, ends us, and we end what we started.
        die_with_parent(signal.SIGTERM, parent=os.getppid())
    command = arguments[0] if arguments else ""
    configured = all(os.environ.get(name) for name in VARIABLES)
    if configured or command in WITHOUT_ENGINES or "--help" in arguments:
        yield
        return
    try:
        yield from _attached_or_owned()
    except EngineError as error:
        sys.exit(f"error: {error}")


def _attached_or_owned() -> Iterator[None]:
    var = var_folder()
    found = running_environment(var)
    if found is not None:
        os.environ.update(found)
        yield
        return
    previous = signal.signal(signal.SIGTERM, _exit_in_order)
    with owned_engines(var) as cluster:
        if cluster is None:  # another command was faster between our look and our lock
            os.environ.update(running_environment(var) or {})
        else:
            os.environ.update(cluster.environment)
        yield
    signal.signal(signal.SIGTERM, previous)


def _exit_in_order(number: int, frame: FrameType | None) -> None:
    """Let `finally` blocks stop the engines."""
    sys.exit(128 + number)
