"""`mrr_movements`: what made MRR go from one close to the next."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.flows import Flows
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import LAST_DAY_OF_A_PAUSE, LATE_RENEWALS, PAUSES, PRODUCT_AND_PLAN, STANDING
from metrics.units import Unit

FORMULA = gettext_noop(
    "opening + new + reactivation + resume + expansion - contraction - pause - churn "
    "+ transfer + fx = closing; the value is the net, closing - opening"
)


def compute(options: Options) -> Computation:
    return Computation(
        measure=Flows(formula=FORMULA),
        estimate=estimates.total,
        numerator_unit=Unit.MONEY,
        denominator_unit=None,
        parts_unit=Unit.MONEY,
        is_divided=False,
        no_interval=gettext_noop("a total has no interval"),
    )


METRIC = Metric(
    key="mrr_movements",
    name=gettext_noop("MRR movements"),
    version=2,
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    n_label=counted.customers_that_moved,
    help=gettext_noop("What MRR gained and lost, and by what. Netted per customer and day."),
    notes=(
        STANDING,
        PRODUCT_AND_PLAN,
        LATE_RENEWALS,
        PAUSES,
        LAST_DAY_OF_A_PAUSE,
    ),
)
