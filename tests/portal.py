"""Running the whole portal, as a newcomer does, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from csm_portal.engines.cluster import ROOT, VARIABLES
from csm_portal.engines.ports import FIRST_PORT, PORTS_TRIED

PATIENCE = 300.0


def environment(var: Path, **more: str) -> dict[str, str]:
    """Ours, without the engines and the host of the test session."""
    dropped = {*VARIABLES, "SITE_URL", "PORTAL_MAILBOX", "PORTAL_STATIC", "PORT"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PORTAL_ENV": "dev", "PORTAL_VAR": str(var), **more}


@dataclass
class RunningPortal:
    """`manage.py run` and where it is served."""

    process: subprocess.Popen[str]
    var: Path
    output: Path
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def company_url(self, slug: str) -> str:
        return f"http://{slug}.localhost:{self.port}"

    def manage(self, *arguments: str | Path) -> str:
        """Run a manage.py command beside it; its standard output. Raises with what it said."""
        return manage(self.var, *arguments)

    def descendants(self) -> list[int]:
        """The processes it started, theirs included."""
        return descendants(self.process.pid)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)


def manage(var: Path, *arguments: str | Path) -> str:
    """Run a manage.py command over the engines and data in `var`; its standard output."""
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT,
        env=environment(var),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, from /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def are_gone(pids: list[int], *, patience: float = 120.0) -> bool:
    """Whether all of them ended within `patience` seconds."""
    deadline = time.monotonic() + patience
    while left := [pid for pid in pids if is_alive(pid)]:
        if time.monotonic() > deadline:
            return False
        pids = left
        time.sleep(0.05)
    return True


def is_alive(pid: int) -> bool:
    """Running, and not a zombie that nobody collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def alive(pids: list[int]) -> dict[int, str]:
    """The command lines of those that run, for whoever asks why."""
    found = {}
    for pid in filter(is_alive, pids):
        with contextlib.suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return found


def start_portal(
    var: Path, *, command: str = "run", patience: float = PATIENCE, **more: str
) -> RunningPortal:
    """Start it on a free port and return when it says where it is."""
    var.mkdir(parents=True, exist_ok=True)
    output = var / f"{command}.out"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=environment(var, PORTAL_DIE_WITH_PARENT="1", PYTHONUNBUFFERED="1", **more),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    deadline = time.monotonic() + patience
    while not (said := re.search(r"CSM Portal is at (http://\S+)/", output.read_text())):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.1)
    return RunningPortal(process, var, output, said.group(1))


def port_of_our_own() -> int:
    """A free port that no portal takes by itself, nor a test in another worker by this."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST_PORT + PORTS_TRIED * (worker + 1)
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no free port from {first} on")


@contextlib.contextmanager
def portal_in(var: Path, **more: str) -> Iterator[RunningPortal]:
    """A running portal for the length of a block; everything it started ends with it."""
    portal = start_portal(var, **more)
    try:
        yield portal
    finally:
        portal.stop()
