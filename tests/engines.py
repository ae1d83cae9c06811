"""A pytest plugin (`-p tests.engines`): the engines of the test session, started before Django."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from csm_portal.engines.cluster import ROOT, VARIABLES, Cluster, start_cluster
from csm_portal.engines.mail_sink import start_mail_sink
from csm_portal.engines.postgres import DATABASE
from csm_portal.engines.processes import Child, die_with_parent
from tests import kept

_cluster: Cluster | None = None
_sink: Child | None = None


def _own_sink(worker: str) -> Child:
    """A mail sink for one xdist worker, so that no test reads another worker's mail."""
    var = Path(os.environ["PORTAL_VAR"])
    sink, port = start_mail_sink(
        var / f"mail-{worker}",
        var / "run" / f"smtp-{worker}.port",
        log=var / "log" / f"smtp-{worker}.log",
        root=ROOT,
    )
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    os.environ["PORTAL_MAILBOX"] = str(var / f"mail-{worker}")
    return sink


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start PostgreSQL, Valkey and the SMTP sink before anything reads the settings.

    Under xdist the controller does it once; the workers find the addresses in the environment
    and each makes its own database.
    """
    global _cluster, _sink
    os.environ["PORTAL_ENV"] = "dev"
    os.environ["SITE_URL"] = "http://localhost:8000"
    os.environ["LOG_FORMAT"] = "console"
    os.environ["PORTAL_STATIC"] = "plain"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        if os.environ.get("PORTAL_DIE_WITH_PARENT"):
            die_with_parent(signal.SIGTERM, parent=os.getppid())
        for name in VARIABLES:  # tests never touch engines that somebody configured
            os.environ.pop(name, None)
        folder = Path(tempfile.mkdtemp(prefix="csm-test-"))
        os.environ["PORTAL_VAR"] = str(folder)
        (folder / "static").mkdir()  # WhiteNoise warns when there is none
        kept.restore(early_config, folder / "postgres")
        _cluster = start_cluster(folder, throwaway=True)
        os.environ.update(_cluster.environment)
    else:
        _sink = _own_sink(worker)
        number = int(worker.removeprefix("gw"))
        os.environ["CACHE_URL"] = os.environ["CACHE_URL"].replace("db=1", f"db={number + 2}")
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _sink is not None:
        _sink.stop()
    if _cluster is not None:
        is_spare = kept.name_spare(f"test_{DATABASE}", str(_cluster.sockets))
        _cluster.stop()
        if is_spare:
            kept.keep(_cluster.var / "postgres")
        shutil.rmtree(_cluster.var, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines say so when browser tests were skipped."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "no browser" in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} browser tests were SKIPPED: no Chromium. Install one or set CHROME.",
            red=True,
        )
