"""`net_revenue_retention`: what the opening customers pay at the close."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = gettext_noop("closing MRR of the opening customers / opening MRR")


def compute(options: Options) -> Computation:
    measure = Rate(
        numerator="at_opening * closing",
        denominator="opening",
        settled_numerator=Balance.MRR,
        settled_denominator=Balance.MRR,
        formula=FORMULA,
        is_money=True,
    )
    return Computation(
        measure=measure,
        estimate=estimates.ratio,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
    )


METRIC = Metric(
    key="net_revenue_retention",
    name=gettext_noop("Net revenue retention"),
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
        "What the opening customers pay at the close, as a share of what they paid at the"
        " start. Over 100 % when those who stay grow by more than those who leave take away."
    ),
    notes=(
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
