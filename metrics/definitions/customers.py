"""`customers`: who pays at the close, and how that came."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.flows import Flows, WithFlows
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import LAST_DAY_OF_A_PAUSE, LATE_RENEWALS, PAUSES, PRODUCT_AND_PLAN, STANDING
from metrics.units import Unit

FORMULA = gettext_noop("customers with MRR on the last day")


def compute(options: Options) -> Computation:
    return Computation(
        measure=WithFlows(
            standing=Standing(numerator=Balance.CUSTOMERS, formula=FORMULA),
            flows=Flows(formula="", is_count=True),
        ),
        estimate=estimates.count,
        denominator_unit=None,
        is_divided=False,
        no_interval=gettext_noop("a total has no interval"),
    )


METRIC = Metric(
    key="customers",
    name=gettext_noop("Customers"),
    version=2,
    question=Question.STAYING,
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    n_label=counted.customers_at_the_close,
    help=gettext_noop(
        "How many customers pay on the last day: opening + new + reactivated + resumed -"
        " paused - churned = closing."
    ),
    notes=(
        STANDING,
        PRODUCT_AND_PLAN,
        LATE_RENEWALS,
        PAUSES,
        LAST_DAY_OF_A_PAUSE,
    ),
)
