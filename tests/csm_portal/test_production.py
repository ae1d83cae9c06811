"""Production refuses to start on what would be unsafe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from csm_portal.engines.cluster import ROOT
from tests.portal import environment

COMPLETE = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "x9" * 40,
    "SITE_URL": "https://portal.example.com",
    "DATABASE_URL": "postgres://u:p@127.0.0.1:1/portal",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "EMAIL_URL": "smtp://127.0.0.1:1",
}


def manage(var: Path, command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment(var, **{**COMPLETE, **changes}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "SITE_URL", "DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL"]
)
def test_a_missing_setting_is_named_and_nothing_starts(tmp_path: Path, name: str) -> None:
    refused = manage(tmp_path, "run", **{name: ""})
    assert refused.returncode != 0
    assert name in refused.stderr
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "mail").exists()


def test_the_mailbox_is_never_shown_in_production(tmp_path: Path) -> None:
    refused = manage(tmp_path, "check", PORTAL_MAILBOX=str(tmp_path))
    assert refused.returncode != 0
    assert "PORTAL_MAILBOX" in refused.stderr


def test_complete_settings_are_accepted(tmp_path: Path) -> None:
    assert manage(tmp_path, "check").returncode == 0
