"""The SMTP sink: a real SMTP server that keeps every mail as a file instead of delivering it.

`python -m csm_portal.engines.mail_sink FOLDER READY_FILE` listens on a free loopback port,
writes the port into READY_FILE, and stores each mail in FOLDER as `<nanoseconds>-<n>.eml`.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from csm_portal.engines.processes import Child, start, wait_until


class Keep:
    """aiosmtpd handler: 250 only after the mail is in its folder under its final name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the mail with its envelope in two header lines at the top."""
        name = f"{time.time_ns()}-{next(self._numbers)}.eml"
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        lines = [f"X-Envelope-From: {envelope.mail_from}"]
        lines += [f"X-Envelope-To: {address}" for address in envelope.rcpt_tos]
        unfinished = self.folder / f".{name}"
        unfinished.write_bytes("\r\n".join([*lines, ""]).encode() + raw)
        unfinished.rename(self.folder / name)
        return "250 kept"


def start_mail_sink(
    folder: Path, ready_file: Path, *, log: Path, root: Path, keep_files: Sequence[int] = ()
) -> tuple[Child, int]:
    """Start the sink and return it with its port."""
    folder.mkdir(parents=True, exist_ok=True)
    ready_file.unlink(missing_ok=True)
    child = start(
        "SMTP sink",
        [sys.executable, "-m", "csm_portal.engines.mail_sink", folder, ready_file],
        log=log,
        keep_files=keep_files,
        cwd=root,
    )
    wait_until(child, ready_file.exists)
    return child, int(ready_file.read_text())


def main(folder: Path, ready_file: Path) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    # Port 0: the kernel picks; aiosmtpd's own readiness probe cannot know it, so bind ourselves.
    controller = Controller(Keep(folder), hostname="127.0.0.1", port=_free_port())
    controller.start()
    unfinished = ready_file.with_suffix(".new")
    unfinished.write_text(str(controller.port))
    unfinished.replace(ready_file)
    stopping.wait()
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
