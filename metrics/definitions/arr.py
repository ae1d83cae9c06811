"""`arr`: twelve times the MRR at the close."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import PRODUCT_AND_PLAN, STANDING
from metrics.units import Unit

FORMULA = gettext_noop("12 x MRR of every customer on the last day")


def compute(options: Options) -> Computation:
    return Computation(
        measure=Standing(numerator=Balance.MRR, factor=12, formula=FORMULA, is_money=True),
        estimate=estimates.total,
        numerator_unit=Unit.MONEY,
        denominator_unit=None,
        parts_unit=Unit.MONEY,
        is_divided=False,
        no_interval=gettext_noop("a total has no interval"),
    )


METRIC = Metric(
    key="arr",
    name=gettext_noop("Annual recurring revenue"),
    version=2,
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    n_label=counted.customers_at_the_close,
    help=gettext_noop("A year of what customers pay on the last day."),
    notes=(
        STANDING,
        PRODUCT_AND_PLAN,
    ),
)
