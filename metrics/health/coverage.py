"""How much of what a model weighs its scores rest on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.formatting import format_share_short

ENOUGH = 50
"""The coverage, in per cent, under which little is known of a customer."""

MUCH = 0.5


@dataclass(frozen=True, slots=True)
class LittleKnown:
    """The customers whose scores have a coverage below ENOUGH, and what they pay, as shares of all
    that are scored. The shares are None of nobody, `mrr` also where it cannot be added up."""

    customers: int
    mrr: Decimal | None
    share: float | None
    mrr_share: float | None

    @classmethod
    def among(
        cls, scored: int, paid: Decimal | None, *, customers: int, mrr: Decimal | None
    ) -> LittleKnown:
        """Of so many that are scored, who pay so much."""
        return cls(
            customers,
            mrr,
            customers / scored if scored else None,
            float(mrr / paid) if mrr is not None and paid else None,
        )

    @property
    def is_much(self) -> bool:
        """Whether it is half of the customers or more, or of the MRR."""
        return max(self.share or 0.0, self.mrr_share or 0.0) >= MUCH

    @property
    def words(self) -> str:
        """For people; empty where enough is known of everybody."""
        if not self.customers or self.share is None:
            return ""
        words = (
            _(
                "Little is known of {share} of the customers with a score: less than half of what"
                " the model weighs was measured."
            )
            if self.mrr_share is None
            else _(
                "Little is known of {share} of the customers with a score ({mrr_share} by MRR):"
                " less than half of what the model weighs was measured."
            )
        )
        return words.format(
            share=format_share_short(self.share),
            mrr_share=format_share_short(self.mrr_share or 0.0),
        )
