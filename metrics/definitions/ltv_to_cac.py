"""`ltv_to_cac`: lifetime value per acquisition cost."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.costs import Spending
from metrics.contributions.lifetime import LifetimeToCost
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.definitions import customer_lifetime_value as value
from metrics.definitions.customer_acquisition_cost import LAG
from metrics.options import Options
from metrics.readings import COSTS, LIFETIME, SBG, SBG_MODEL
from metrics.units import Unit
from metrics.words import folded, wording

FORMULA = gettext_noop(
    "lifetime value of a customer x new customers / acquisition cost of the period"
)
BEFORE = wording(
    gettext_noop(
        "lifetime value of a customer x new customers / acquisition cost of {lag} month(s) before"
    )
)


def compute(options: Options) -> Computation:
    lag = int(options["lag"])
    return Computation(
        measure=LifetimeToCost(
            lifetime=value.lifetime(options),
            spending=Spending(kind="acquisition", lag=lag),
            formula=FORMULA if not lag else BEFORE.format(lag=lag),
        ),
        estimate=estimates.lifetime_to_cost,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
        parts_unit=Unit.MONEY,
        part_units={"new": Unit.COUNT, "in_other_currencies": Unit.COUNT},
        no_interval=gettext_noop("of a lifetime none is defined"),
    )


METRIC = Metric(
    key="ltv_to_cac",
    name=gettext_noop("LTV to CAC"),
    version=2,
    question=Question.WINNING,
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS | {"costs"},
    options=(*value.OPTIONS, LAG),
    n_label=counted.new_customers,
    help=gettext_noop(
        "How many times over a new customer brings in what winning it cost: lifetime value"
        " / customer acquisition cost."
    ),
    notes=(
        Note(
            gettext_noop("LTV to CAC"),
            folded("""
            is the lifetime value at the close x new customers / acquisition cost, which is LTV /
            CAC; its rows are the new customers, each with the lifetime value, and the costs.
            """),
        ),
        LIFETIME,
        SBG,
        SBG_MODEL,
        COSTS,
    ),
)
