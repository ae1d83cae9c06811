"""`time_to_value`: how long customers take to get something out of it."""

from metrics import estimates
from metrics.contributions.rows import Sums
from metrics.contributions.value_times import Start, ValueTimes
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Numbers, Option, Options
from metrics.units import Unit

FORMULA = "median days from sign-up to first value, of those who began in the period, as of now"
START = Option(
    "start",
    "From",
    (
        Choice("sign_up", "the day of sign-up"),
        Choice("paid", "the first paid day"),
        Choice("onboarding", "the start of onboarding: a milestone"),
    ),
)
BEGIN = Option(
    "begin",
    "Milestone that onboarding starts with",
    (Choice("", "the company's setting"),),
    is_text=True,
)
UNTIL = Option(
    "until",
    "Milestone that it ends with",
    (Choice("", "first value, by the company's setting"),),
    is_text=True,
)
WITHIN = Option(
    "within",
    "Share within days",
    (Choice("30", "30 days"),),
    Numbers(0, 3650),
)
READS = CONTRACTS | {"customers", "milestones", "usage"}
STARTS = {"sign_up": "sign-up", "paid": "the first paid day", "onboarding": "onboarding's start"}


def compute(options: Options) -> Computation:
    start, until = STARTS[options["start"]], options["until"] or "first value"
    return Computation(
        measure=ValueTimes(
            start=Start(options["start"]),
            begin=options["begin"],
            until=options["until"],
            within=int(options["within"]),
            formula=f"median days from {start} to {until} (Aalen-Johansen)",
        ),
        estimate=estimates.median_time,
        part_units={"p75": Unit.DAYS, "p90": Unit.DAYS, "share_within": Unit.SHARE},
        words=_words,
    )


def _words(sums: Sums) -> str:
    there, left, rest = (sums.parts[name] for name in ("there", "left_first", "on_the_way"))
    return (
        f"median days of {sums.n:,} who began: {there:,} there, {left:,} left first, "
        f"{rest:,} on the way"
    )


METRIC = Metric(
    key="time_to_value",
    name="Time to value",
    question=Question.WINNING,
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    formula=FORMULA,
    source="docs/metrics.md, Customers",
    compute=compute,
    reads=READS,
    looks_ahead=dict.fromkeys(READS),
    options=(START, BEGIN, UNTIL, WITHIN),
    n_label="customers that began",
    help="Who is not there yet is followed until today; leaving first competes with it.",
    notes=(
        Note(
            "Time to value.",
            """
            First value is what Settings, Metrics says: the first event (page or screen) of a name,
            a milestone, or a day in a customer attribute (YYYY-MM-DD; the earliest on record); with
            `until` a milestone, so that `start=onboarding` with `begin` and `until` is the time
            between two milestones. Onboarding starts with the milestone named, else with the first
            one reached. Who had first value before the start took 0 days; on the day of leaving,
            first value counts. Leaving is churn, not a pause. Customers stand where they were on
            the day they began; by product and plan in what they paid for that day, else in `none`.
            The share within N days is empty while nobody was followed for N days.
            """,
        ),
    ),
)
