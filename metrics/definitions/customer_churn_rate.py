"""`customer_churn_rate`: the share of customers that was lost."""

from metrics import estimates
from metrics.contributions.daily import Daily
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question, Scale
from metrics.options import Choice, Option, Options
from metrics.readings import LATE_RENEWALS, PAUSES, PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = "opening customers not paying at the close / customers at the start"
METHOD = Option(
    "method",
    "Method",
    (
        Choice("cohort", "of those here at the start, who is not here at the close"),
        Choice("events", "churn movements / opening; counts who came and went, and who came back"),
        Choice("stripe", "churn movements / (opening + new)"),
        Choice("daily", "sum of the days' rates"),
    ),
)
SCALING = Option(
    "scaling",
    "Scaled to",
    (
        Choice("none", "the period itself"),
        Choice("annualised", "a year: 1 - (1 - c)^(365 / days)"),
        Choice("monthly", "a month: 1 - (1 - c)^((365/12) / days)"),
    ),
)
PAUSE = Option(
    "pause",
    "Paused customers",
    (Choice("lost", "are lost"), Choice("kept", "are kept while paused")),
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
    formula="opening customers neither paying nor paused at the close / "
    "customers paying or paused at the start",
)


# A pause is no churn movement, so by events a paused customer is kept until it churns.
EVENTS = Rate(
    numerator="times_churned",
    denominator="at_opening",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula="churn movements / customers at the start",
)
STRIPE = Rate(
    numerator="times_churned",
    denominator="at_opening + times_new",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula="churn movements / customers at the start and new ones",
    empty_reason="no customers at the start and no new ones",
)
DAILY = Daily(rate=EVENTS, formula="sum over the days of churn movements / customers that morning")


def _scale(scaling: str) -> Scale | None:
    if scaling == "none":
        return None
    length = 365.0 if scaling == "annualised" else 365 / 12
    name = "365" if scaling == "annualised" else "(365/12)"
    return Scale(
        words=f"1 - (1 - c)^({name} / days)",
        apply=lambda rate, days: 1 - (1 - rate) ** (length / days),
    )


def compute(options: Options) -> Computation:
    scale = _scale(options["scaling"])
    no_interval = "churn movements are not among the customers at the start"
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
                no_interval="a sum of rates has no interval",
            )
    measure = LOST_BUT_NOT_PAUSED if options["pause"] == "kept" else LOST
    return Computation(measure=measure, estimate=estimates.share, scale=scale)


METRIC = Metric(
    key="customer_churn_rate",
    name="Customer churn",
    version=2,
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.LOWER,
    formula=FORMULA,
    source="docs/metrics.md, Customers",
    compute=compute,
    reads=CONTRACTS,
    options=(METHOD, SCALING, PAUSE),
    n_label="customers at the start",
    help="Neither those who came and went inside, nor those who left and came back.",
    notes=(
        Note(
            "`daily`.",
            """
            Days without customers in the morning have no rate and add nothing; a period of only
            such days has no value.
            """,
        ),
        Note(
            "Scaling",
            """
            applies to the value and to both bounds. A rate over 100 % cannot be scaled.
            """,
        ),
        Note(
            "`pause=kept`",
            """
            keeps paused customers at both ends: opening customers paying or paused, neither at the
            close, divided by opening ones paying or paused. So one whose pause became churn is lost
            in the period of day N. By product, one paused with its customer is kept until it comes
            back or its customer churns.
            """,
        ),
        PLACING,
        PRODUCT_AND_PLAN,
        LATE_RENEWALS,
        PAUSES,
    ),
)
