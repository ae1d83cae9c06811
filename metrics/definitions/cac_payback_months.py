"""`cac_payback_months`: how long a new customer takes to earn what it cost."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.costs import CostPer, Per, Spending
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.definitions.customer_acquisition_cost import LAG
from metrics.options import Options
from metrics.readings import COSTS
from metrics.units import Unit
from metrics.words import folded, wording

FORMULA = gettext_noop(
    "acquisition cost of the period / (MRR the new customers began with x gross margin)"
)
BEFORE = wording(
    gettext_noop(
        "acquisition cost of {lag} month(s) before"
        " / (MRR the new customers began with x gross margin)"
    )
)


def compute(options: Options) -> Computation:
    lag = int(options["lag"])
    return Computation(
        measure=CostPer(
            spending=Spending(kind="acquisition", lag=lag),
            per=Per.NEW_MARGIN,
            formula=FORMULA if not lag else BEFORE.format(lag=lag),
            empty_reason=gettext_noop("no new customers with a margin in the period"),
        ),
        estimate=estimates.cost_ratio,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
        no_interval=gettext_noop("costs are added up, not estimated"),
    )


METRIC = Metric(
    key="cac_payback_months",
    name=gettext_noop("CAC payback"),
    version=2,
    question=Question.WINNING,
    unit=Unit.MONTHS,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS | {"costs"},
    options=(LAG,),
    n_label=counted.new_customers,
    help=gettext_noop(
        "How many months a new customer takes to bring in what winning it cost, its gross"
        " margin counted."
    ),
    notes=(
        Note(
            gettext_noop("Payback"),
            folded("""
            takes the MRR that the new customers began with, on their first day.
            """),
        ),
        COSTS,
    ),
)
