"""`gross_revenue_churn_rate`: the share of the opening MRR that was lost."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Option, Options
from metrics.readings import PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = gettext_noop("opening MRR not there at the close / opening MRR")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice(
            "cohort",
            gettext_noop("1 - gross revenue retention: each customer's opening against its close"),
        ),
        Choice(
            "movements",
            gettext_noop("(churn + contraction + pause) / opening MRR; may exceed 100 %"),
        ),
    ),
)


def compute(options: Options) -> Computation:
    if options["method"] == "movements":
        measure = Rate(
            numerator="-down",
            denominator="opening",
            settled_numerator=Balance.NOTHING,
            settled_denominator=Balance.MRR,
            formula=gettext_noop("churn + contraction + pause / opening MRR"),
            is_money=True,
        )
        return Computation(
            measure=measure,
            estimate=estimates.quotient,
            numerator_unit=Unit.MONEY,
            denominator_unit=Unit.MONEY,
            no_interval=gettext_noop("movements are no share of the opening MRR"),
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
    name=gettext_noop("Gross revenue churn"),
    version=2,
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS,
    options=(METHOD,),
    n_label=counted.customers_at_the_start,
    help=gettext_noop("The share of the opening MRR that is not there any more at the close."),
    notes=(
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
