"""`upsell_cross_sell_rate`: the share of customers that were sold more."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.expansion import SoldRate
from metrics.contributions.rate import Balance
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.readings import EXPANSION, PLACING, PRODUCT_AND_PLAN
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("opening customers with an upsell or a cross-sell / customers at the start")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice("opening", gettext_noop("of those here at the start, who was sold more")),
        Choice("closing", gettext_noop("the same customers / all customers at the close")),
        Choice(
            "mrr",
            gettext_noop("MRR of upsells and cross-sells, also to new customers / opening MRR"),
        ),
    ),
)
SOLD_TO = "at_opening * (sold > 0)::int"


def compute(options: Options) -> Computation:
    if options["method"] == "mrr":
        return Computation(
            measure=SoldRate(
                numerator="sold",
                denominator="opening",
                settled_numerator=Balance.NOTHING,
                settled_denominator=Balance.MRR,
                formula=gettext_noop("MRR of upsells and cross-sells / opening MRR"),
                is_money=True,
            ),
            estimate=estimates.quotient,
            numerator_unit=Unit.MONEY,
            denominator_unit=Unit.MONEY,
            no_interval=gettext_noop("what was sold is no share of the opening MRR"),
        )
    if options["method"] == "closing":
        return Computation(
            measure=SoldRate(
                numerator=SOLD_TO,
                denominator="at_close",
                settled_numerator=Balance.NOTHING,
                settled_denominator=Balance.CUSTOMERS,
                formula=gettext_noop(
                    "opening customers with an upsell or a cross-sell / customers at the close"
                ),
                empty_reason=gettext_noop("no customers at the close"),
            ),
            estimate=estimates.quotient,
            no_interval=gettext_noop("customers at the start are not among those at the close"),
        )
    return Computation(
        measure=SoldRate(
            numerator=SOLD_TO,
            denominator="at_opening",
            settled_numerator=Balance.NOTHING,
            settled_denominator=Balance.CUSTOMERS,
            formula=FORMULA,
        ),
        estimate=estimates.share,
    )


METRIC = Metric(
    key="upsell_cross_sell_rate",
    name=gettext_noop("Upsell and cross-sell rate"),
    question=Question.REVENUE,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS | {"renewals"},
    options=(METHOD,),
    n_label=counted.customers_at_the_start,
    help=gettext_noop(
        "The share of the customers at the start who bought more. A higher price alone is"
        " neither upsell nor cross-sell."
    ),
    notes=(
        Note(
            gettext_noop("Upsell and cross-sell by MRR"),
            folded("""
            counts what was sold to anybody in the period, like the other rates made of movements,
            and may exceed 100 %.
            """),
        ),
        EXPANSION,
        PLACING,
        PRODUCT_AND_PLAN,
    ),
)
