"""`quick_ratio`: MRR gained per MRR lost."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.flows import Flows
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import PRODUCT_AND_PLAN, STANDING
from metrics.units import Unit

FORMULA = gettext_noop("(new + reactivation + resume + expansion) / (churn + contraction + pause)")


def compute(options: Options) -> Computation:
    measure = Flows(
        formula=FORMULA,
        gains=frozenset({"new", "reactivation", "resume", "expansion"}),
        losses=frozenset({"churn", "contraction", "pause"}),
        empty_reason=gettext_noop("nothing was lost in the period"),
    )
    return Computation(
        measure=measure,
        estimate=estimates.quotient,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
        parts_unit=Unit.MONEY,
        no_interval=gettext_noop("a ratio of totals has no interval"),
    )


METRIC = Metric(
    key="quick_ratio",
    name=gettext_noop("Quick ratio"),
    version=2,
    question=Question.REVENUE,
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    n_label=counted.customers_that_moved,
    help=gettext_noop("How much MRR came for each that went."),
    notes=(
        STANDING,
        PRODUCT_AND_PLAN,
    ),
)
