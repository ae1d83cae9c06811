"""The engines together: one owner at a time, everyone else attaches.

Two locks under `var/run`, held by the kernel for as long as their holder lives:
`owner.lock` by the process that owns the engines, `engines.lock` also by the engines themselves,
so a new owner waits until the engines of a killed one have really ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from csm_portal.engines import mail_sink, postgres, valkey
from csm_portal.engines.processes import Child, EngineError

ROOT = Path(__file__).resolve().parent.parent.parent
VARIABLES = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL")


def var_folder() -> Path:
    """Where the portal keeps what it writes: `var/` in the checkout, or PORTAL_VAR."""
    return Path(os.environ.get("PORTAL_VAR") or ROOT / "var").resolve()


@dataclass
class Cluster:
    """Engines that this process started. `environment` tells the settings where they are."""

    var: Path
    sockets: Path
    children: list[Child] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """Stop them in the reverse order of their start and remove their sockets."""
        for child in reversed(self.children):
            child.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)
        (self.var / "run" / "engines.json").unlink(missing_ok=True)

    def raise_if_one_died(self) -> None:
        for child in self.children:
            if not child.is_running():
                raise child.fail(f"ended with exit code {child.process.returncode}")


def start_cluster(var: Path, *, lock: int | None = None, throwaway: bool = False) -> Cluster:
    """Start each engine whose URL is not given by the environment; in production all must be."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing and os.environ.get("PORTAL_ENV") != "dev":
        # The sink shows every mail to everybody, links to set a new password included.
        raise EngineError(
            f"{', '.join(missing)} not set. The embedded engines are for PORTAL_ENV=dev."
        )
    run, logs = var / "run", var / "log"
    var.mkdir(parents=True, exist_ok=True)
    var.chmod(0o711)  # PostgreSQL may run as another account and has to get through
    for folder in (run, logs):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    # A socket's path may be 107 bytes long, a checkout's path longer: hence the short folder.
    sockets = Path(tempfile.mkdtemp(prefix="csm-", dir="/tmp"))
    keep = () if lock is None else (lock,)
    cluster = Cluster(var=var, sockets=sockets)
    give = cluster.environment
    try:
        if not os.environ.get("DATABASE_URL"):
            if lock is not None:
                # We hold the lock that every server process here inherits: whoever wrote this
                # file is dead, even if its pid still names a zombie or, by now, a stranger.
                (var / "postgres" / "postmaster.pid").unlink(missing_ok=True)
            cluster.children.append(
                postgres.start_postgres(
                    var / "postgres",
                    sockets,
                    log=logs / "postgres.log",
                    keep_files=keep,
                    throwaway=throwaway,
                )
            )
            give["DATABASE_URL"] = postgres.database_url(sockets)
        if not (os.environ.get("BROKER_URL") and os.environ.get("CACHE_URL")):
            cluster.children.append(
                valkey.start_valkey(sockets, log=logs / "valkey.log", keep_files=keep)
            )
            give["BROKER_URL"] = os.environ.get("BROKER_URL") or valkey.broker_url(sockets)
            give["CACHE_URL"] = os.environ.get("CACHE_URL") or valkey.cache_url(sockets)
        if not os.environ.get("EMAIL_URL"):
            sink, port = mail_sink.start_mail_sink(
                var / "mail", run / "smtp.port", log=logs / "smtp.log", root=ROOT, keep_files=keep
            )
            cluster.children.append(sink)
            give["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
            give["PORTAL_MAILBOX"] = str(var / "mail")
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _lock(path: Path, *, patience: float = 0.0) -> int | None:
    """An open, locked file descriptor, or None when another holds the lock for `patience` s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(handle)
                return None
            time.sleep(0.05)
        else:
            return handle


@contextlib.contextmanager
def owned_engines(var: Path, *, publish: dict[str, str] | None = None) -> Iterator[Cluster | None]:
    """Own the engines for the length of the block, or yield None when another process does.

    Others who attach get their addresses, and what else is in `publish`.
    """
    owner = _lock(var / "run" / "owner.lock")
    if owner is None:
        yield None
        return
    engines = _lock(var / "run" / "engines.lock", patience=60)
    if engines is None:
        raise EngineError("The engines of a process that ended are still stopping; try again.")
    (var / "run" / "engines.json").unlink(missing_ok=True)  # of an owner that was killed
    try:
        cluster = start_cluster(var, lock=engines)
        try:
            _publish(var, cluster.environment | (publish or {}))
            yield cluster
        finally:
            cluster.stop()
    finally:
        os.close(engines)
        os.close(owner)


def _publish(var: Path, environment: dict[str, str]) -> None:
    target = var / "run" / "engines.json"
    unfinished = target.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(environment))
    unfinished.replace(target)


def running_environment(var: Path, *, patience: float = 60.0) -> dict[str, str] | None:
    """Where the engines of another process are, waiting for them to be up; None if none run."""
    deadline = time.monotonic() + patience
    published = var / "run" / "engines.json"
    while time.monotonic() < deadline:
        owner = _lock(var / "run" / "owner.lock")
        if owner is not None:
            os.close(owner)
            return None
        with contextlib.suppress(FileNotFoundError):
            found: dict[str, str] = json.loads(published.read_text())
            return found
        time.sleep(0.05)
    raise EngineError("Another manage.py owns the engines but they did not come up in 60 s.")
