"""The web as production starts it, over the database of the test session."""

from __future__ import annotations

import http.client
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from csm_portal.engines.cluster import ROOT
from csm_portal.engines.postgres import database_url
from csm_portal.engines.processes import Child, start, wait_until
from csm_portal.supervisor import web_command


@dataclass
class LiveWeb:
    """One web worker and where it listens."""

    child: Child
    port: int
    listening: socket.socket

    def answers(self, status: int) -> int:
        """How many requests it answered with this status so far."""
        return self.child.log.read_text().count(f'"status": {status}')

    def stop(self) -> None:
        self.child.stop()
        self.listening.close()


def live_web(folder: Path, **settings: str) -> LiveWeb:
    """Start it on a free port; returns when it answers."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    handle, port = listening.fileno(), int(listening.getsockname()[1])
    database = connection.settings_dict
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(Path(str(database["HOST"])), str(database["NAME"])),
        "PORTAL_DB_POOL": "1",
        "LOG_FORMAT": "json",
        "WEB_WORKERS": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **settings,
    }
    child = start(
        "web",
        web_command(handle, threads="4"),
        log=folder / "web.log",
        env=environment,
        keep_files=[handle],
        cwd=ROOT,
    )
    wait_until(child, lambda: _answers(port), patience=120)
    return LiveWeb(child, port, listening)


def _answers(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asked.request("GET", "/readyz")
        return asked.getresponse().status == 200
    except OSError:
        return False
    finally:
        asked.close()
