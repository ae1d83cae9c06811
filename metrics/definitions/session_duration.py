"""`session_duration`: how long people stay."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.sessions import Sessions
from metrics.definition import Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import DATED_FACTS, SESSIONS
from metrics.units import Unit

FORMULA = gettext_noop(
    "time from the first to the last event of sessions begun in the period / sessions"
)


def compute(options: Options) -> Computation:
    return Computation(
        measure=Sessions(formula=FORMULA),
        estimate=estimates.ratio,
        numerator_unit=Unit.SECONDS,
        part_units={"median": Unit.SECONDS, "single_event_share": Unit.SHARE},
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer with sessions", "customers with sessions", n)


METRIC = Metric(
    key="session_duration",
    name=gettext_noop("Session duration"),
    question=Question.USING,
    unit=Unit.SECONDS,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Use and support"),
    compute=compute,
    reads=frozenset({"usage"}),
    n_label=n_label,
    help=gettext_noop(
        "How long people stay with your product at a time, the mean. Sessions of a single"
        " event count 0; their share and the median stand beside."
    ),
    notes=(
        SESSIONS,
        DATED_FACTS,
    ),
)
