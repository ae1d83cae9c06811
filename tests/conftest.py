"""The test session's own engines, its companies, and its cast."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from csm_portal.engines.cluster import VARIABLES, Cluster, start_cluster
from csm_portal.engines.processes import die_with_parent

_cluster: Cluster | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL, Valkey and the SMTP sink before the settings are read.

    Under xdist the controller does it once; the workers find the addresses in the environment
    and each makes its own database.
    """
    global _cluster
    os.environ.setdefault("PORTAL_ENV", "dev")
    os.environ["SITE_URL"] = "http://localhost:8000"
    os.environ["LOG_FORMAT"] = "console"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        if os.environ.get("PORTAL_DIE_WITH_PARENT"):
            die_with_parent(signal.SIGTERM, parent=os.getppid())
        for name in VARIABLES:  # tests never touch engines that somebody configured
            os.environ.pop(name, None)
        # Short, and readable by the account PostgreSQL runs as.
        folder = Path(tempfile.mkdtemp(prefix="csm-test-"))
        folder.chmod(0o755)
        os.environ["PORTAL_VAR"] = str(folder)
        _cluster = start_cluster(folder, throwaway=True)
        os.environ.update(_cluster.environment)
    else:
        number = int(worker.removeprefix("gw"))
        os.environ["CACHE_URL"] = os.environ["CACHE_URL"].replace("db=1", f"db={number + 2}")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _cluster is not None:
        _cluster.stop()
        shutil.rmtree(_cluster.var, ignore_errors=True)


from tests.cast import *  # noqa: E402, F403 - fixtures; needs the environment set above to be lazy
