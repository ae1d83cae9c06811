"""`customer_retention_rate`: the share of customers that stayed, in four usual ways."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Option, Options
from metrics.readings import PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = gettext_noop("opening customers paying at the close / customers at the start")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice(
            "cohort",
            gettext_noop("opening customers paying at the close / opening"),
            gettext_noop("Follows the customers that were here at the start, and nobody else."),
        ),
        Choice(
            "count",
            gettext_noop("(closing - new in the period) / opening"),
            gettext_noop(
                "Takes out new customers, but those who came back make up for others who left, and "
                "a new one that left again counts against it."
            ),
        ),
        Choice(
            "simple",
            gettext_noop("closing / opening"),
            gettext_noop(
                "Compares two head counts: new customers hide those who left, so it passes 100 %."
            ),
        ),
        Choice(
            "active_share",
            gettext_noop("closing / all customers ever"),
            gettext_noop("Looks at the whole past: every customer ever lost stays in it for good."),
        ),
    ),
)

COHORT = Rate(
    numerator="at_opening * at_close",
    denominator="at_opening",
    settled_numerator=Balance.CUSTOMERS,
    settled_denominator=Balance.CUSTOMERS,
    formula=FORMULA,
)
COUNT = Rate(
    numerator="at_close - times_new",
    denominator="at_opening",
    settled_numerator=Balance.CUSTOMERS,
    settled_denominator=Balance.CUSTOMERS,
    formula=gettext_noop(
        "customers at the close less new ones of the period / customers at the start"
    ),
)
SIMPLE = Rate(
    numerator="at_close",
    denominator="at_opening",
    settled_numerator=Balance.CUSTOMERS,
    settled_denominator=Balance.CUSTOMERS,
    formula=gettext_noop("customers at the close / customers at the start"),
)
ACTIVE_SHARE = Rate(
    numerator="at_close",
    denominator="ever_at_close",
    settled_numerator=Balance.CUSTOMERS,
    settled_denominator=Balance.EVER,
    formula=gettext_noop("customers at the close / customers ever"),
    empty_reason=gettext_noop("no customers ever"),
)


def compute(options: Options) -> Computation:
    match options["method"]:
        case "count":
            return Computation(
                measure=COUNT,
                estimate=estimates.quotient,
                no_interval=gettext_noop("who came back is not among who was there"),
            )
        case "simple":
            return Computation(
                measure=SIMPLE,
                estimate=estimates.quotient,
                no_interval=gettext_noop("who is new is not among who was there"),
            )
        case "active_share":
            return Computation(measure=ACTIVE_SHARE, estimate=estimates.share)
    return Computation(measure=COHORT, estimate=estimates.share)


METRIC = Metric(
    key="customer_retention_rate",
    name=gettext_noop("Customer retention"),
    version=2,
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS,
    options=(METHOD,),
    n_label=counted.customers_at_the_start,
    help=gettext_noop("The share of the customers at the start who still pay at the close."),
    notes=(
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
