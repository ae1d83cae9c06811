"""`customer_retention_cost`: what keeping a customer costs."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.costs import CostPer, Per, Spending
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import COSTS
from metrics.units import Unit

FORMULA = gettext_noop("retention cost of the period / paying customers at the close")


def compute(options: Options) -> Computation:
    return Computation(
        measure=CostPer(
            spending=Spending(kind="retention"),
            per=Per.CLOSING,
            formula=FORMULA,
            empty_reason=gettext_noop("no customers at the close"),
        ),
        estimate=estimates.cost_each,
        numerator_unit=Unit.MONEY,
        no_interval=gettext_noop("costs are added up, not estimated"),
    )


METRIC = Metric(
    key="customer_retention_cost",
    name=gettext_noop("Customer retention cost"),
    version=2,
    question=Question.WINNING,
    unit=Unit.MONEY,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS | {"costs"},
    n_label=counted.customers_at_the_close,
    help=gettext_noop("What keeping a customer costs."),
    notes=(COSTS,),
)
