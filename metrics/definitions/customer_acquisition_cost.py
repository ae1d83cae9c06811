"""`customer_acquisition_cost`: what a new customer costs."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.costs import CostPer, Per, Spending
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Numbers, Option, Options
from metrics.readings import COSTS
from metrics.units import Unit
from metrics.words import wording

BEFORE = wording(gettext_noop("acquisition cost of {lag} month(s) before / new customers"))
FORMULA = gettext_noop("acquisition cost of the period / new customers")
LAG = Option(
    "lag",
    gettext_noop("Months between spending and winning"),
    (Choice("0", gettext_noop("costs of the period itself")),),
    Numbers(0, 24),
)


def compute(options: Options) -> Computation:
    lag = int(options["lag"])
    return Computation(
        measure=CostPer(
            spending=Spending(kind="acquisition", lag=lag),
            per=Per.NEW,
            formula=FORMULA if not lag else BEFORE.format(lag=lag),
            empty_reason=gettext_noop("no new customers in the period"),
        ),
        estimate=estimates.cost_each,
        numerator_unit=Unit.MONEY,
        no_interval=gettext_noop("costs are added up, not estimated"),
    )


METRIC = Metric(
    key="customer_acquisition_cost",
    name=gettext_noop("Customer acquisition cost"),
    version=2,
    question=Question.WINNING,
    unit=Unit.MONEY,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS | {"costs"},
    options=(LAG,),
    n_label=counted.new_customers,
    help=gettext_noop(
        "What winning a new customer costs. New: with their first ever MRR. Cost that"
        " nobody gave a segment is not allocated."
    ),
    notes=(COSTS,),
)
