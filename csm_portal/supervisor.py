"""Runs the portal on one machine: engines, web, workers, beat. Owns every process it starts."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from csm_portal.engines.cluster import ROOT, Cluster
from csm_portal.engines.processes import Child, start, stop_together, wait_until

# When manage.py was killed: rows hold the work, and even Celery's cold shutdown waits for a task.
AT_ONCE = signal.SIGKILL


class Stop(Exception):
    """Somebody asked us to end."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into a Stop, once; while stopping, they are ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stop(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    yield


def web_command(handle: int, *, threads: str) -> list[str]:
    """How the web is started on a listening socket, here and in benchmarks."""
    return [
        *(sys.executable, "-m", "gunicorn", "csm_portal.wsgi:application"),
        *("--bind", f"fd://{handle}", "--worker-class", "gthread"),
        *("--workers", os.environ.get("WEB_WORKERS", "1"), "--threads", threads),
        *("--graceful-timeout", "5", "--timeout", "60", "--keep-alive", "5"),
        *("--worker-tmp-dir", "/dev/shm"),  # noqa: S108 - gunicorn's heartbeat files
        "--no-control-socket",
    ]


class Portal:
    """Web, workers and beat over running engines."""

    def __init__(self, cluster: Cluster, web_socket: socket.socket) -> None:
        self._cluster = cluster
        self._socket = web_socket
        self._logs = cluster.var / "log"
        self._children: list[Child] = []

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Start everything and return when the web answers and the workers listen."""
        self._start_worker("quick", queues="dispatch,mail,default", processes=2)
        self._start_worker("heavy", queues="ingest,metrics", processes=1)
        self._start_beat()
        web = self._start_web()
        wait_until(web, self._web_answers)

    def _environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, **self._cluster.environment, **more}

    def _start_web(self) -> Child:
        threads = os.environ.get("WEB_THREADS", "8")
        handle = self._socket.fileno()
        web = start(
            "web",
            web_command(handle, threads=threads),
            log=self._logs / "web.log",
            env=self._environment(PORTAL_DB_POOL="1", WEB_THREADS=threads),
            keep_files=[handle],
            cwd=ROOT,
        )
        self._children.append(web)
        return web

    def _start_worker(self, name: str, *, queues: str, processes: int) -> None:
        self._children.append(
            start(
                f"worker {name}",
                [
                    *(sys.executable, "-m", "celery", "--app", "csm_portal", "worker"),
                    *("--queues", queues, "--concurrency", str(processes)),
                    *("--hostname", f"{name}@%h", "--without-gossip", "--without-mingle"),
                    "--max-memory-per-child=400000",
                ],
                log=self._logs / f"worker-{name}.log",
                death_signal=AT_ONCE,
                env=self._environment(),
                cwd=ROOT,
            )
        )

    def _start_beat(self) -> None:
        self._children.append(
            start(
                "beat",
                [
                    *(sys.executable, "-m", "celery", "--app", "csm_portal", "beat"),
                    *("--scheduler", "celery.beat:Scheduler", "--pidfile", ""),
                ],
                log=self._logs / "beat.log",
                death_signal=AT_ONCE,
                env=self._environment(),
                cwd=ROOT,
            )
        )

    def _web_answers(self) -> bool:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def watch(self, *, every: float = 1.0, also: Callable[[], None] = lambda: None) -> None:
        """Return never; raise EngineError when a process of ours ends by itself."""
        while True:
            time.sleep(every)
            self._cluster.raise_if_one_died()
            for child in self._children:
                if not child.is_running():
                    raise child.fail(f"ended with exit code {child.process.returncode}")
            also()

    def stop(self) -> None:
        """Web first, so that nothing new comes in; then beat and the workers, warmly."""
        web = [child for child in self._children if child.name == "web"]
        stop_together(web)
        stop_together([child for child in self._children if child not in web], patience=20)
        self._socket.close()
