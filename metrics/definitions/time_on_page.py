"""`time_on_page`: how long a page is looked at."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.sessions import PageViews
from metrics.definition import Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import DATED_FACTS, SESSIONS
from metrics.units import Unit

FORMULA = gettext_noop(
    "time from each page view to the next of its session, or to its last event / page views"
)


def compute(options: Options) -> Computation:
    return Computation(
        measure=PageViews(formula=FORMULA),
        estimate=estimates.ratio,
        numerator_unit=Unit.SECONDS,
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer with page views", "customers with page views", n)


METRIC = Metric(
    key="time_on_page",
    name=gettext_noop("Time on page"),
    question=Question.USING,
    unit=Unit.SECONDS,
    direction=Direction.NEITHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Use and support"),
    compute=compute,
    reads=frozenset({"usage"}),
    n_label=n_label,
    help=gettext_noop(
        "How long people stay on a page, the mean over page views of the sessions begun in"
        " the period."
    ),
    notes=(
        SESSIONS,
        DATED_FACTS,
    ),
)
