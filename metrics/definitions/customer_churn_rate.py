"""`customer_churn_rate`: the share of customers that was lost."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.daily import Daily
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question, Scale
from metrics.options import Choice, Option, Options
from metrics.readings import LATE_RENEWALS, PAUSES, PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("opening customers not paying at the close / customers at the start")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice("cohort", gettext_noop("of those here at the start, who is not here at the close")),
        Choice(
            "events",
            gettext_noop("churn movements / opening; counts who came and went, and who came back"),
        ),
        Choice("stripe", gettext_noop("churn movements / (opening + new)")),
        Choice("daily", gettext_noop("sum of the days' rates")),
    ),
)
SCALING = Option(
    "scaling",
    gettext_noop("Scaled to"),
    (
        Choice("none", gettext_noop("the period itself")),
        Choice("annualised", gettext_noop("a year: 1 - (1 - c)^(365 / days)")),
        Choice("monthly", gettext_noop("a month: 1 - (1 - c)^((365/12) / days)")),
    ),
)
PAUSE = Option(
    "pause",
    gettext_noop("Paused customers"),
    (
        Choice("lost", gettext_noop("are lost")),
        Choice("kept", gettext_noop("are kept while paused")),
    ),
)

LOST = Rate(
    numerator="at_opening * (1 - at_close)",
    denominator="at_opening",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula=FORMULA,
)
# Who is kept while paused is so at both ends; else nobody whose pause became churn would be lost.
LOST_BUT_NOT_PAUSED = Rate(
    numerator="kept_at_opening * (1 - kept_at_close)",
    denominator="kept_at_opening",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.KEPT,
    formula=gettext_noop(
        "opening customers neither paying nor paused at the close / "
        "customers paying or paused at the start"
    ),
)


# A pause is no churn movement, so by events a paused customer is kept until it churns.
EVENTS = Rate(
    numerator="times_churned",
    denominator="at_opening",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula=gettext_noop("churn movements / customers at the start"),
)
STRIPE = Rate(
    numerator="times_churned",
    denominator="at_opening + times_new",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula=gettext_noop("churn movements / customers at the start and new ones"),
    empty_reason=gettext_noop("no customers at the start and no new ones"),
)
DAILY = Daily(
    rate=EVENTS,
    formula=gettext_noop("sum over the days of churn movements / customers that morning"),
)


YEARLY = gettext_noop("1 - (1 - c)^(365 / days)")
MONTHLY = gettext_noop("1 - (1 - c)^((365/12) / days)")


def _scale(scaling: str) -> Scale | None:
    if scaling == "none":
        return None
    length = 365.0 if scaling == "annualised" else 365 / 12
    return Scale(
        words=YEARLY if scaling == "annualised" else MONTHLY,
        apply=lambda rate, days: 1 - (1 - rate) ** (length / days),
    )


def compute(options: Options) -> Computation:
    scale = _scale(options["scaling"])
    no_interval = gettext_noop("churn movements are not among the customers at the start")
    match options["method"]:
        case "events":
            return Computation(
                measure=EVENTS, estimate=estimates.quotient, scale=scale, no_interval=no_interval
            )
        case "stripe":
            return Computation(
                measure=STRIPE, estimate=estimates.quotient, scale=scale, no_interval=no_interval
            )
        case "daily":
            return Computation(
                measure=DAILY,
                estimate=estimates.summed_daily,
                numerator_unit=Unit.SHARE,
                denominator_unit=None,
                scale=scale,
                no_interval=gettext_noop("a sum of rates has no interval"),
            )
    measure = LOST_BUT_NOT_PAUSED if options["pause"] == "kept" else LOST
    return Computation(measure=measure, estimate=estimates.share, scale=scale)


METRIC = Metric(
    key="customer_churn_rate",
    name=gettext_noop("Customer churn"),
    version=2,
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS,
    options=(METHOD, SCALING, PAUSE),
    n_label=counted.customers_at_the_start,
    help=gettext_noop(
        "The share of the customers at the start who do not pay any more at the close. Who"
        " came and left within the period does not count, nor who left and came back."
    ),
    notes=(
        Note(
            gettext_noop("`daily`."),
            folded("""
            Days without customers in the morning have no rate and add nothing; a period of only
            such days has no value.
            """),
        ),
        Note(
            gettext_noop("Scaling"),
            folded("""
            applies to the value and to both bounds. A rate over 100 % cannot be scaled.
            """),
        ),
        Note(
            gettext_noop("`pause=kept`"),
            folded("""
            keeps paused customers at both ends: opening customers paying or paused, neither at the
            close, divided by opening ones paying or paused. So one whose pause became churn is lost
            in the period of day N. By product, one paused with its customer is kept until it comes
            back or its customer churns.
            """),
        ),
        PLACING,
        PRODUCT_AND_PLAN,
        LATE_RENEWALS,
        PAUSES,
    ),
)
