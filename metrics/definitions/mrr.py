"""`mrr`: monthly recurring revenue at the close."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.flows import Flows, WithFlows
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import LATE_RENEWALS, PAUSES, PRODUCT_AND_PLAN, STANDING
from metrics.units import Unit

FORMULA = gettext_noop("MRR of every customer on the last day")


def compute(options: Options) -> Computation:
    standing = Standing(numerator=Balance.MRR, formula=FORMULA, is_money=True)
    return Computation(
        measure=WithFlows(standing=standing, flows=Flows(formula="")),
        estimate=estimates.total,
        numerator_unit=Unit.MONEY,
        denominator_unit=None,
        parts_unit=Unit.MONEY,
        is_divided=False,
        no_interval=gettext_noop("a total has no interval"),
    )


METRIC = Metric(
    key="mrr",
    name=gettext_noop("Monthly recurring revenue"),
    version=2,
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    n_label=counted.customers_at_the_close,
    help=gettext_noop("The monthly price of what is contracted, without tax and one-off charges."),
    notes=(
        STANDING,
        PRODUCT_AND_PLAN,
        LATE_RENEWALS,
        PAUSES,
    ),
)
