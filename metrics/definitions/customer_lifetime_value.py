"""`customer_lifetime_value`: what a customer will have brought when it leaves."""

from decimal import Decimal

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.lifetime import Lifetime, Method
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Numbers, Option, Options
from metrics.readings import LIFETIME, RESIDUAL, SBG, SBG_MODEL
from metrics.units import Unit

FORMULA = gettext_noop("ARPA x gross margin / churn of the 6 full months before the period's end")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice("churn", gettext_noop("ARPA x margin / customer churn")),
        Choice("revenue", gettext_noop("ARPA x margin / gross revenue churn")),
        Choice("sbg", gettext_noop("shifted-beta-geometric model of how long customers stay")),
    ),
)
HORIZON = Option(
    "horizon",
    gettext_noop("Periods looked ahead (0: for ever)"),
    (Choice("0", gettext_noop("for ever")),),
    Numbers(0, 600),
)
DISCOUNT = Option(
    "discount",
    gettext_noop("Discount rate per period, %"),
    (Choice("0", gettext_noop("none")),),
    Numbers(0, 100, places=4),
)
LENGTH = Option(
    "period",
    gettext_noop("Period of the sBG model"),
    (
        Choice("month", gettext_noop("customers may leave every month")),
        Choice("year", gettext_noop("customers may leave every year")),
    ),
)
LIFESPAN = Option(
    "lifetime",
    gettext_noop("Lifetime by the sBG model"),
    (
        Choice("new", gettext_noop("a new customer's, for everyone")),
        Choice("residual", gettext_noop("what each has left, by how long it has lived")),
    ),
)
OPTIONS = (METHOD, HORIZON, DISCOUNT, LENGTH)
"""Of a new customer's value."""
UNITS = {
    "margin": Unit.SHARE,
    "churn": Unit.SHARE,
    "lost": Unit.COUNT,
    "openings": Unit.COUNT,
    "months": Unit.MONTHS,
    "periods_lived": Unit.COUNT,
    "sbg_a": Unit.RATIO,
    "sbg_b": Unit.RATIO,
}


def lifetime(options: Options) -> Lifetime:
    """A new customer's, unless asked for what those there are have left."""
    is_yearly = options["method"] == "sbg" and options["period"] == "year"
    return Lifetime(
        method=Method(options["method"]),
        horizon=int(options["horizon"]),
        discount=Decimal(options["discount"]) / 100,
        period_months=12 if is_yearly else 1,
        is_residual=options["method"] == "sbg" and options.get("lifetime") == "residual",
        formula=gettext_noop(
            "MRR x gross margin x expected months, of every customer / customers at the close"
        ),
    )


def compute(options: Options) -> Computation:
    return Computation(
        measure=lifetime(options),
        estimate=estimates.lifetime_value,
        numerator_unit=Unit.MONEY,
        parts_unit=Unit.MONEY,
        part_units=UNITS,
        no_interval=gettext_noop(
            "of a lifetime none is defined; where nobody left, low is what it is at least"
        ),
    )


METRIC = Metric(
    key="customer_lifetime_value",
    name=gettext_noop("Customer lifetime value"),
    question=Question.WINNING,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers and sBG lifetime"),
    compute=compute,
    reads=CONTRACTS,
    options=(*OPTIONS, LIFESPAN),
    n_label=counted.customers_at_the_close,
    help=gettext_noop(
        "What a customer brings in until it leaves, on average. The numerator is the value"
        " of all customers together; its rows are each one's."
    ),
    notes=(
        LIFETIME,
        SBG,
        SBG_MODEL,
        RESIDUAL,
    ),
)
