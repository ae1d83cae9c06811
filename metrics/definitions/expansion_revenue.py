"""`expansion_revenue`: what paying customers came to pay more, and what for."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.expansion import Expansion
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.readings import EXPANSION
from metrics.units import Unit

FORMULA = gettext_noop("expansion = cross-sell + upsell + renewal + price")


def compute(options: Options) -> Computation:
    return Computation(
        measure=Expansion(formula=FORMULA),
        estimate=estimates.total,
        numerator_unit=Unit.MONEY,
        denominator_unit=None,
        parts_unit=Unit.MONEY,
        is_divided=False,
        no_interval=gettext_noop("a total has no interval"),
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer that expanded", "customers that expanded", n)


METRIC = Metric(
    key="expansion_revenue",
    name=gettext_noop("Expansion revenue"),
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS | {"renewals"},
    n_label=n_label,
    help=(
        gettext_noop(
            "Cross-sell: another product. Upsell: more of one, or a dearer plan. Renewal: a higher "
            "price alone, on a renewal date; price: on any other day."
        )
    ),
    notes=(EXPANSION,),
)
