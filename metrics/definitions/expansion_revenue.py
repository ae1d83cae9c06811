"""`expansion_revenue`: what paying customers came to pay more, and what for."""

from metrics import estimates
from metrics.contributions.expansion import Expansion
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import EXPANSION
from metrics.units import Unit

FORMULA = "expansion = cross-sell + upsell + renewal + price"


def compute(options: Options) -> Computation:
    return Computation(
        measure=Expansion(formula=FORMULA),
        estimate=estimates.total,
        numerator_unit=Unit.MONEY,
        denominator_unit=None,
        parts_unit=Unit.MONEY,
        is_divided=False,
        no_interval="a total has no interval",
    )


METRIC = Metric(
    key="expansion_revenue",
    name="Expansion revenue",
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source="docs/metrics.md, Revenue",
    compute=compute,
    reads=CONTRACTS | {"renewals"},
    n_label="customers that expanded",
    help=(
        "Cross-sell: another product. Upsell: more of one, or a dearer plan. Renewal: a higher "
        "price alone, on a renewal date; price: on any other day."
    ),
    notes=(EXPANSION,),
)
