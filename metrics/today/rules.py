"""What makes a customer need somebody, and how urgently. The page says it in these words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metrics.models import Attention

Kind = Attention.Kind

DROP_POINTS, DROP_DAYS = 15, 30
RENEWAL_DAYS = 90
SILENT_DAYS, SILENT_UNTIL = 14, 180
ONBOARDING_UNTIL = 365
PER_FURTHER = 10
"""Points of urgency for each reason beside the most urgent one."""
TASK = "task"
NUMBERS = {
    "drop_points": DROP_POINTS,
    "drop_days": DROP_DAYS,
    "renewal_days": RENEWAL_DAYS,
    "silent_days": SILENT_DAYS,
    "silent_until": SILENT_UNTIL,
}


@dataclass(frozen=True)
class Rule:
    """`label`: of the tab. `when` and `urgency`: for "Why am I seeing this?", with NUMBERS."""

    kind: str
    label: str
    when: str
    urgency: str

    @property
    def when_words(self) -> str:
        return _(self.when).format(**NUMBERS)

    @property
    def urgency_words(self) -> str:
        return _(self.urgency).format(**NUMBERS)


RULES = (
    Rule(
        Kind.DROP,
        gettext_noop("Score drops"),
        gettext_noop(
            "The health score fell by {drop_points} points or more in {drop_days} days, or to red."
        ),
        gettext_noop("2 for each point lost, and 30 more if the band is red."),
    ),
    Rule(
        Kind.DETRACTOR,
        gettext_noop("Follow-ups"),
        gettext_noop(
            "The follow-up of an answer is not closed: of a low one (a detractor, dissatisfied,"
            " hard), or of one that somebody wants to follow up."
        ),
        gettext_noop(
            "90 for the lowest score, 60 for the highest that is still low, no more than that for"
            " another."
        ),
    ),
    Rule(
        Kind.RENEWAL,
        gettext_noop("Renewals"),
        gettext_noop(
            "A renewal on record, or the end of a year paid for, is at most {renewal_days} days"
            " away, and is not decided: no notice was given, and nothing is agreed for after it."
        ),
        gettext_noop("30 when it is {renewal_days} days away, 100 on the day."),
    ),
    Rule(
        Kind.ONBOARDING,
        gettext_noop("Late onboarding"),
        gettext_noop(
            "A milestone was due and is not reached, and the customer has not left. Milestones of"
            " more than a year ago are left out."
        ),
        gettext_noop("40, and 1 more for each day it is late, up to 80."),
    ),
    Rule(
        Kind.SILENT,
        gettext_noop("Silent"),
        gettext_noop(
            "The customer pays, used the product before, and nobody there did for {silent_days}"
            " days (until {silent_until}: then it is known). Days on which no usage of anybody"
            " came in yet do not count."
        ),
        gettext_noop("45, and 1 more for each further day, up to 85."),
    ),
    Rule(
        TASK,
        gettext_noop("Tasks"),
        gettext_noop("A task is due, or has no day, and is not snoozed."),
        gettext_noop("90 on its day, 100 after it, 50 without one."),
    ),
)
LABELS = {rule.kind: rule.label for rule in RULES}
