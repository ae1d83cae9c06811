"""`customer_retention_cost`: what keeping a customer costs."""

from metrics import estimates
from metrics.contributions.costs import CostPer, Per, Spending
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import COSTS
from metrics.units import Unit

FORMULA = "retention cost of the period / paying customers at the close"


def compute(options: Options) -> Computation:
    return Computation(
        measure=CostPer(
            spending=Spending(kind="retention"),
            per=Per.CLOSING,
            formula=FORMULA,
            empty_reason="no customers at the close",
        ),
        estimate=estimates.cost_each,
        numerator_unit=Unit.MONEY,
        no_interval="costs are added up, not estimated",
    )


METRIC = Metric(
    key="customer_retention_cost",
    name="Customer retention cost",
    version=2,
    question=Question.WINNING,
    unit=Unit.MONEY,
    direction=Direction.LOWER,
    formula=FORMULA,
    source="docs/metrics.md, Customers",
    compute=compute,
    reads=CONTRACTS | {"costs"},
    n_label="customers at the close",
    notes=(COSTS,),
)
