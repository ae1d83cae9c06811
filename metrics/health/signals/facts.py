"""Which versions of facts a measure reads: those known by the end of the day asked about."""

from __future__ import annotations

from enum import Enum

from psycopg.sql import SQL, Composed, Identifier

NOW_KNOWN = SQL("{fact}.superseded_at IS NULL")
THEN_KNOWN = SQL("""(
    ({fact}.is_backfilled OR {fact}.recorded_at < asked.until)
    AND ({fact}.superseded_at IS NULL OR {fact}.superseded_at >= asked.until)
)""")


class Then(Enum):
    """Whether measures are of the present, from what is current, or of days gone by, from what was
    known then: versions recorded by the end of the day and not superseded by then. History brought
    in counts as known from its own dates on, which every reader compares with the day.
    """

    PRESENT = "present"
    PAST = "past"

    def known(self, fact: str) -> Composed:
        """That a version of `fact` (an alias) is known by `asked.until`."""
        text = NOW_KNOWN if self is Then.PRESENT else THEN_KNOWN
        return text.format(fact=Identifier(fact))
