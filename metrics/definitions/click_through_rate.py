"""`click_through_rate`: of what people were shown, what they clicked."""

from django.utils.translation import gettext_noop

from metrics import estimates
from metrics.contributions.clicks import Clicks
from metrics.definition import Computation, Direction, Metric, Note, Question
from metrics.options import Options
from metrics.readings import DATED_FACTS
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop(
    "items that a person clicked within 7 days / items that a person was shown in the period"
)


def compute(options: Options) -> Computation:
    return Computation(measure=Clicks(formula=FORMULA), estimate=estimates.share)


METRIC = Metric(
    key="click_through_rate",
    name=gettext_noop("Click-through rate"),
    question=Question.USING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Use and support"),
    compute=compute,
    reads=frozenset({"usage"}),
    looks_ahead={"usage": 7},
    splits=("item",),
    help=gettext_noop(
        "How often people click what they are shown. A person and an item count once in a"
        " period; a click implies that it was shown."
    ),
    notes=(
        Note(
            gettext_noop("Clicks."),
            folded("""
            A person is an end user of a customer. It counts if the item was clicked within 7 times
            24 hours of any time it was shown in the period, also after the period's end, until the
            as-of day. A click that nothing shown in the period goes before implies that the item
            was shown then. Of a day the first time shown and the first click are known.
            """),
        ),
        DATED_FACTS,
    ),
)
