"""`gross_revenue_churn_rate`: the share of the opening MRR that was lost."""

from metrics import estimates
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Option, Options
from metrics.readings import PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = "opening MRR not there at the close / opening MRR"
METHOD = Option(
    "method",
    "Method",
    (
        Choice("cohort", "1 - gross revenue retention: each customer's opening against its close"),
        Choice("movements", "(churn + contraction + pause) / opening MRR; may exceed 100 %"),
    ),
)


def compute(options: Options) -> Computation:
    if options["method"] == "movements":
        measure = Rate(
            numerator="-down",
            denominator="opening",
            settled_numerator=Balance.NOTHING,
            settled_denominator=Balance.MRR,
            formula="churn + contraction + pause / opening MRR",
            is_money=True,
        )
        return Computation(
            measure=measure,
            estimate=estimates.quotient,
            numerator_unit=Unit.MONEY,
            denominator_unit=Unit.MONEY,
            no_interval="movements are no share of the opening MRR",
        )
    measure = Rate(
        numerator="opening - least(opening, closing)",
        denominator="opening",
        settled_numerator=Balance.NOTHING,
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
    key="gross_revenue_churn_rate",
    name="Gross revenue churn",
    version=2,
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.LOWER,
    formula=FORMULA,
    source="docs/metrics.md, Revenue",
    compute=compute,
    reads=CONTRACTS,
    options=(METHOD,),
    n_label="customers at the start",
    notes=(
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
