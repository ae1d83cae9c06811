"""`time_to_value`: how long customers take to get something out of it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, npgettext

from accounts.formatting import format_number
from metrics import estimates
from metrics.contributions.rows import Sums
from metrics.contributions.value_times import Start, ValueTimes
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Numbers, Option, Options
from metrics.units import Unit
from metrics.words import folded, wording

FORMULA = gettext_noop(
    "median days from sign-up to first value, of those who began in the period, as of now"
)
ORIGIN = Option(
    "origin",
    gettext_noop("From"),
    (
        Choice("sign_up", gettext_noop("the day of sign-up")),
        Choice("paid", gettext_noop("the first paid day")),
        Choice("onboarding", gettext_noop("the start of onboarding: a milestone")),
    ),
)
BEGIN = Option(
    "begin",
    gettext_noop("Milestone that onboarding starts with"),
    (Choice("", gettext_noop("the company's setting")),),
    is_text=True,
)
UNTIL = Option(
    "until",
    gettext_noop("Milestone that it ends with"),
    (Choice("", gettext_noop("first value, by the company's setting")),),
    is_text=True,
)
WITHIN = Option(
    "within",
    gettext_noop("Share within days"),
    (Choice("30", gettext_noop("30 days")),),
    Numbers(0, 3650),
)
FIRST_VALUE = gettext_noop("first value")
READS = CONTRACTS | {"customers", "milestones", "usage"}
STARTS = {
    "sign_up": gettext_noop("sign-up"),
    "paid": gettext_noop("the first paid day"),
    "onboarding": gettext_noop("onboarding's start"),
}
FORMULA_OF = wording(gettext_noop("median days from {start} to {until} (Aalen-Johansen)"))


def compute(options: Options) -> Computation:
    start, until = STARTS[options["origin"]], options["until"] or FIRST_VALUE
    return Computation(
        measure=ValueTimes(
            start=Start(options["origin"]),
            begin=options["begin"],
            until=options["until"],
            within=int(options["within"]),
            formula=FORMULA_OF.format(start=start, until=until),
        ),
        estimate=estimates.median_time,
        part_units={"p75": Unit.DAYS, "p90": Unit.DAYS, "share_within": Unit.SHARE},
        words=_words,
    )


def _words(sums: Sums) -> str:
    there, left, rest = (sums.parts[name] for name in ("there", "left_first", "on_the_way"))
    return _(
        "median days of {began} who began: {there} there, {left} left first, {rest} on the way"
    ).format(
        began=format_number(sums.n),
        there=format_number(there),
        left=format_number(left),
        rest=format_number(rest),
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer that began", "customers that began", n)


METRIC = Metric(
    key="time_to_value",
    name=gettext_noop("Time to value"),
    question=Question.WINNING,
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=READS,
    looks_ahead=dict.fromkeys(READS),
    options=(ORIGIN, BEGIN, UNTIL, WITHIN),
    n_label=n_label,
    help=gettext_noop(
        "How long new customers take to their first value. Who is not there yet is followed"
        " until today; leaving first competes with it."
    ),
    notes=(
        Note(
            gettext_noop("Time to value."),
            folded("""
            First value is what Settings, Metrics says: the first event (page or screen) of a name,
            a milestone, or a day in a customer attribute (YYYY-MM-DD; the earliest on record); with
            `until` a milestone, so that `origin=onboarding` with `begin` and `until` is the time
            between two milestones. Onboarding starts with the milestone named, else with the first
            one reached. Who had first value before the start took 0 days; on the day of leaving,
            first value counts. Leaving is churn, not a pause. Customers stand where they were on
            the day they began; by product and plan in what they paid for that day, else in `none`.
            The share within N days is empty while nobody was followed for N days.
            """),
        ),
    ),
)
