"""`gross_revenue_retention`: the share of the opening MRR that was kept."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = gettext_noop("opening MRR still there at the close / opening MRR")


def compute(options: Options) -> Computation:
    measure = Rate(
        numerator="least(opening, closing)",
        denominator="opening",
        settled_numerator=Balance.MRR,
        settled_denominator=Balance.MRR,
        formula=FORMULA,
        is_money=True,
    )
    return Computation(
        measure=measure,
        estimate=estimates.weighted_share,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
    )


METRIC = Metric(
    key="gross_revenue_retention",
    name=gettext_noop("Gross revenue retention"),
    version=2,
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    n_label=counted.customers_at_the_start,
    help=gettext_noop(
        "The share of the opening MRR that is still there at the close, growth left aside:"
        " of each opening customer, the lesser of its opening and its closing MRR."
    ),
    notes=(
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
