"""Whatever happens to the one who started it, the portal leaves no process behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csm_portal.engines.cluster import ROOT
from tests.portal import (
    RunningPortal,
    alive,
    are_gone,
    environment,
    manage,
    port_of_our_own,
    portal_in,
    start_portal,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_no_process_outlives_manage_py(tmp_path: Path, number: signal.Signals) -> None:
    chosen = port_of_our_own()  # one of 8000 to 8099 may be taken by another test meanwhile
    portal = start_portal(tmp_path, PORT=str(chosen))
    below = portal.descendants()
    assert len(below) >= 9  # PostgreSQL, Valkey, sink, web x2, workers x5, beat

    portal.stop(number)

    assert are_gone(below), alive(below)
    with portal_in(tmp_path) as again:  # and what was there is there again
        assert again.port == portal.port == chosen


def test_no_process_outlives_a_killed_parent(tmp_path: Path) -> None:
    """As with `kill -9` of make: the parent of manage.py dies without a word."""
    script = (
        "import sys, tests.portal as t, pathlib, time\n"
        "portal = t.start_portal(pathlib.Path(sys.argv[1]))\n"
        "print(*portal.descendants(), portal.process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        below = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()

    assert len(below) >= 10
    assert are_gone(below), alive(below)


def test_two_checkouts_run_side_by_side(tmp_path: Path) -> None:
    with portal_in(tmp_path / "one") as one, portal_in(tmp_path / "two") as two:
        assert one.port != two.port


def test_a_second_run_of_the_same_checkout_says_where_the_first_is(tmp_path: Path) -> None:
    with portal_in(tmp_path) as portal:
        second = subprocess.run(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert second.returncode != 0
        assert portal.url in second.stderr


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with portal_in(tmp_path / "one") as portal:
        refused = subprocess.run(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment(tmp_path / "two", PORT=str(portal.port)),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert refused.returncode != 0
        assert f"Port {portal.port} is taken" in refused.stderr


IN_THE_MIDST_OF_MAKING = """
import contextlib, os, signal, time
from django.db import connection
from tenants.actions.companies import create_company
from tenants.jobs import Job
from tests.portal import alive, descendants
with connection.cursor() as cursor:  # what is taken from the spare one is made too soon
    cursor.execute("DROP SCHEMA IF EXISTS spare CASCADE")
create_company(name="Half Way", slug="halfway")
deadline = time.monotonic() + 120
while not Job.objects.filter(kind="tenants.provision", state="running").exists():
    assert time.monotonic() < deadline
    time.sleep(0.005)
for pid, command in alive(descendants({portal})).items():
    if "{of}" in command:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.{number})
            print(pid)
"""


def in_the_midst_of_making(portal: RunningPortal, number: signal.Signals, of: str = "") -> int:
    """Signal its processes, or those `of` that, while a worker makes a schema; how many."""
    script = IN_THE_MIDST_OF_MAKING.format(portal=portal.process.pid, of=of, number=number.name)
    return len(portal.manage("shell", "--no-imports", "-c", script).split())


def test_a_company_whose_making_was_killed_is_finished_by_the_next_run(tmp_path: Path) -> None:
    portal = start_portal(tmp_path)
    below = portal.descendants()
    assert in_the_midst_of_making(portal, signal.SIGKILL) >= 9
    portal.stop(signal.SIGKILL)
    assert are_gone(below), alive(below)
    assert "halfway\tprovisioning" in manage(tmp_path, "list_companies")

    with portal_in(tmp_path) as again:
        deadline = time.monotonic() + 120
        while "halfway\tready" not in again.manage("list_companies"):
            assert time.monotonic() < deadline, again.manage("list_companies")


def test_workers_that_hang_in_a_task_end_with_a_killed_manage_py(tmp_path: Path) -> None:
    """They are stopped: like those that wait for ever, they follow no request to end."""
    portal = start_portal(tmp_path)
    assert in_the_midst_of_making(portal, signal.SIGSTOP, of="celery") >= 6
    below = portal.descendants()

    portal.stop(signal.SIGKILL)

    assert are_gone(below), alive(below)
