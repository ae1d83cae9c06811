"""The example file of each kind, as it imports today."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from customers.imports.fields import Kind

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_DAY = re.compile(rb"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}(?=[T ])")


def sample_file(kind: Kind, *, today: dt.date) -> bytes:
    """The kind's sample. Of a kind that takes nothing old (`Kind.ages`) the instants are moved by
    whole weeks, so that the last one is of a week ago."""
    content = (SAMPLES / kind.sample).read_bytes()
    days = [dt.date.fromisoformat(found.decode()) for found in _DAY.findall(content)]
    if not kind.ages or not days:
        return content
    later = dt.timedelta(weeks=(today - max(days)).days // 7 - 1)

    def moved(found: re.Match[bytes]) -> bytes:
        return (dt.date.fromisoformat(found[0].decode()) + later).isoformat().encode()

    return _DAY.sub(moved, content) if later.days > 0 else content
