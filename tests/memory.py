"""How much memory a process has held at once."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> int:
    """This process's, since it began. Not getrusage's, which begins with what its parent held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise LookupError("The system does not say how much memory the process held.")
