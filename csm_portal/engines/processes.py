"""Starting and stopping one child process so that it can never outlive its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_READ_SEARCH = 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class EngineError(RuntimeError):
    """An engine did not start or died; the message says which, why, and where its log is."""


def die_with_parent(sig: int, *, parent: int) -> None:
    """Ask the kernel to send `sig` to this process when its parent ends, however it ends."""
    if sys.platform != "linux":
        return
    _libc.prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)
    if os.getppid() != parent:  # the parent ended before we asked
        os.kill(os.getpid(), sig)


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapData(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def become(account: pwd.struct_passwd) -> None:
    """Turn this (root's) process into `account`, keeping only the right to pass through folders.

    PostgreSQL refuses to run as root, and the checkout may lie below a folder that only root may
    enter, so the process keeps CAP_DAC_READ_SEARCH as an ambient capability.
    """
    _libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    mask = 1 << CAP_DAC_READ_SEARCH
    header = _CapHeader(LINUX_CAPABILITY_VERSION_3, 0)
    data = (_CapData * 2)(_CapData(mask, mask, mask), _CapData(0, 0, 0))
    _libc.capset(ctypes.byref(header), ctypes.byref(data))
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0)


def unprivileged_account() -> pwd.struct_passwd | None:
    """The account PostgreSQL runs as: None (ourselves) unless we are root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Child:
    """One running child and how it is told to stop."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path

    def is_running(self) -> bool:
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send its own stop signal and return at once."""
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)

    def stop(self, *, patience: float = 15.0) -> None:
        """Stop it: its own signal first, SIGKILL after `patience` seconds."""
        stop_together([self], patience=patience)

    def fail(self, reason: str) -> EngineError:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        tail = "\n".join(lines[-12:])
        return EngineError(f"{self.name} {reason}. The end of {self.log}:\n{tail}")


def stop_together(children: Sequence[Child], *, patience: float = 15.0) -> None:
    """Ask all of them to stop, then wait for each; SIGKILL who takes longer than `patience` s."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + patience
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait(5)


def start(
    name: str,
    argv: Sequence[str | Path],
    *,
    log: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals | None = None,
    env: dict[str, str] | None = None,
    account: pwd.struct_passwd | None = None,
    keep_files: Sequence[int] = (),
    cwd: Path | None = None,
) -> Child:
    """Start `argv` in a session of its own; it gets `death_signal` when this process ends.

    Call it from the main thread: the kernel ties the parent-death signal to the calling thread.
    """
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            become(account)  # before prctl: a change of user clears the parent-death signal
        die_with_parent(death_signal or stop_signal, parent=parent)

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=prepare,
            pass_fds=tuple(keep_files),
        )
    return Child(name=name, process=process, stop_signal=stop_signal, log=log)


def wait_until(
    child: Child, is_ready: Callable[[], bool], *, patience: float = 60.0, pause: float = 0.05
) -> None:
    """Return when `is_ready`; raise EngineError when the child ends first or time runs out."""
    deadline = time.monotonic() + patience
    while not is_ready():
        if not child.is_running():
            raise child.fail(f"ended with exit code {child.process.returncode} while starting")
        if time.monotonic() > deadline:
            child.stop()
            raise child.fail(f"was not ready after {patience:.0f} s")
        time.sleep(pause)
