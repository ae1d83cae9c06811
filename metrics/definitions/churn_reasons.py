"""`churn_reasons`: why customers left, and whether they chose to."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.reasons import By, Reasons, largest
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.ledger.departures import REACH
from metrics.options import Choice, Option, Options
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("churned customers, by kind and reason")
FORMULAS = {
    False: {
        By.BOTH: gettext_noop("churned customers, by kind and reason"),
        By.REASON: gettext_noop("churned customers, by reason"),
        By.KIND: gettext_noop("churned customers, by kind"),
    },
    True: {
        By.BOTH: gettext_noop("churned MRR, by kind and reason"),
        By.REASON: gettext_noop("churned MRR, by reason"),
        By.KIND: gettext_noop("churned MRR, by kind"),
    },
}
COUNT = Option(
    "count",
    gettext_noop("Counted"),
    (
        Choice("customers", gettext_noop("customers that churned")),
        Choice("mrr", gettext_noop("MRR that churned")),
    ),
)
BY = Option(
    "parts",
    gettext_noop("Told apart by"),
    (
        Choice("both", gettext_noop("kind and reason")),
        Choice("reason", gettext_noop("reason")),
        Choice("kind", gettext_noop("kind: voluntary or involuntary")),
    ),
)


def compute(options: Options) -> Computation:
    is_money = options["count"] == "mrr"
    by = By(options["parts"])
    return Computation(
        measure=Reasons(by=by, formula=FORMULAS[is_money][by], is_money=is_money),
        estimate=estimates.total if is_money else estimates.count,
        unit=Unit.MONEY if is_money else None,
        numerator_unit=Unit.MONEY if is_money else Unit.COUNT,
        denominator_unit=None,
        parts_unit=Unit.MONEY if is_money else Unit.COUNT,
        is_divided=False,
        no_interval=gettext_noop("a total has no interval"),
        shown=largest,
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer that churned", "customers that churned", n)


METRIC = Metric(
    key="churn_reasons",
    name=gettext_noop("Churn reasons"),
    question=Question.STAYING,
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS | {"renewals"},
    looks_ahead={"renewals": REACH},
    options=(COUNT, BY),
    n_label=n_label,
    help=gettext_noop(
        "Why customers left: the reason of the renewal on record that is nearest, 90 days"
        " at most. Adds up to churn."
    ),
    notes=(
        Note(
            gettext_noop("Reasons of churn"),
            folded("""
            are those of the customer's renewal with a reason or kind whose date or notice is
            nearest the churn, 90 days away at most; otherwise unknown. With more than twenty in a
            period, all but its nineteen largest stand together as other reasons, in its segments
            too. Customers are counted as often as they churned.
            """),
        ),
    ),
)
