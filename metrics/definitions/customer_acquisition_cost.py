"""`customer_acquisition_cost`: what a new customer costs."""

from metrics import estimates
from metrics.contributions.costs import CostPer, Per, Spending
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Numbers, Option, Options
from metrics.readings import COSTS
from metrics.units import Unit

FORMULA = "acquisition cost of the period / new customers"
LAG = Option(
    "lag",
    "Months between spending and winning",
    (Choice("0", "costs of the period itself"),),
    Numbers(0, 24),
)


def compute(options: Options) -> Computation:
    lag = int(options["lag"])
    return Computation(
        measure=CostPer(
            spending=Spending(kind="acquisition", lag=lag),
            per=Per.NEW,
            formula=FORMULA if not lag else f"acquisition cost {lag} months before / new customers",
            empty_reason="no new customers in the period",
        ),
        estimate=estimates.cost_each,
        numerator_unit=Unit.MONEY,
        no_interval="costs are added up, not estimated",
    )


METRIC = Metric(
    key="customer_acquisition_cost",
    name="Customer acquisition cost",
    version=2,
    question=Question.WINNING,
    unit=Unit.MONEY,
    direction=Direction.LOWER,
    formula=FORMULA,
    source="docs/metrics.md, Customers",
    compute=compute,
    reads=CONTRACTS | {"costs"},
    options=(LAG,),
    n_label="new customers",
    help="New: with their first ever MRR. Cost that nobody gave a segment is not allocated.",
    notes=(COSTS,),
)
