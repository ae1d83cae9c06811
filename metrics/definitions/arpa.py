"""`arpa`: average revenue per account."""

from django.utils.translation import gettext_noop

from metrics import estimates
from metrics.contributions.billed import Billed
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Option, Options
from metrics.readings import PRODUCT_AND_PLAN, STANDING, WHAT_WAS_BILLED
from metrics.units import Unit

FORMULA = gettext_noop("MRR at the close / paying customers at the close")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice("contracted", gettext_noop("MRR at the close / paying customers at the close")),
        Choice(
            "billed",
            gettext_noop("billed in the period / mean of customers at the opening and the close"),
        ),
    ),
)
BILLED = Billed(
    customers="(at_opening + at_close) / 2.0",
    is_by_service=False,
    formula=gettext_noop("billed in the period / mean of customers at the opening and the close"),
    empty_reason=gettext_noop("no customers at the opening or the close"),
)


def compute(options: Options) -> Computation:
    if options["method"] == "billed":
        return Computation(
            measure=BILLED,
            estimate=estimates.mean_billed,
            numerator_unit=Unit.MONEY,
            denominator_unit=Unit.RATIO,
        )
    return Computation(
        measure=Standing(
            numerator=Balance.MRR,
            denominator=Balance.CUSTOMERS,
            formula=FORMULA,
            is_money=True,
        ),
        estimate=estimates.mean_money,
        numerator_unit=Unit.MONEY,
    )


METRIC = Metric(
    key="arpa",
    name=gettext_noop("Average revenue per account"),
    version=3,
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS | {"invoices"},
    options=(METHOD,),
    help=gettext_noop("What a paying customer brings in a month, on average."),
    notes=(
        STANDING,
        PRODUCT_AND_PLAN,
        WHAT_WAS_BILLED,
    ),
)
