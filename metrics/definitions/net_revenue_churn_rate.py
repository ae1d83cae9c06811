"""`net_revenue_churn_rate`: the opening MRR lost, less what the same customers added."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.rate import Balance, Rate
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Question
from metrics.options import Choice, Option, Options
from metrics.readings import PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit

FORMULA = gettext_noop("opening MRR less closing MRR of the opening customers / opening MRR")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice(
            "cohort", gettext_noop("1 - net revenue retention: each opening customer's two ends")
        ),
        Choice(
            "movements",
            gettext_noop("the movements' losses less expansion, reactivation and resume"),
        ),
    ),
)


def compute(options: Options) -> Computation:
    if options["method"] == "movements":
        measure = Rate(
            numerator="-down - up",
            denominator="opening",
            settled_numerator=Balance.NOTHING,
            settled_denominator=Balance.MRR,
            formula=gettext_noop(
                "churn + contraction + pause less expansion, reactivation and resume / opening MRR"
            ),
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
        numerator="at_opening * (opening - closing)",
        denominator="opening",
        settled_numerator=Balance.NOTHING,
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
    key="net_revenue_churn_rate",
    name=gettext_noop("Net revenue churn"),
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
    help=gettext_noop(
        "The share of the opening MRR that the same customers pay less at the close. Below"
        " zero when they grow more than they shrink."
    ),
    notes=(
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
