"""The embedded server's share of the machine's memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from csm_portal.engines import postgres

GIGABYTE = 1 << 30


@pytest.mark.parametrize(
    ("has", "wanted"),
    [(GIGABYTE // 4, 128 << 20), (2 * GIGABYTE, GIGABYTE // 2), (64 * GIGABYTE, 4 * GIGABYTE)],
)
def test_a_quarter_within_bounds(has: int, wanted: int) -> None:
    assert postgres.shared_buffers(has) == wanted


def test_a_container_has_what_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_MEMORY_LIMITS", (tmp_path / "none",))
    machine = postgres.memory()
    assert machine > 0
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(postgres, "_MEMORY_LIMITS", (tmp_path / "none", limit))
    limit.write_text("max\n")
    assert postgres.memory() == machine
    limit.write_text(f"{machine // 2}\n")
    assert postgres.memory() == machine // 2
