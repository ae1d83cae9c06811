"""`churn_reasons`: why customers left, and whether they chose to."""

from metrics import estimates
from metrics.contributions.reasons import By, Reasons, largest
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.ledger.departures import REACH
from metrics.options import Choice, Option, Options
from metrics.units import Unit

FORMULA = "churned customers, by kind and reason"
COUNT = Option(
    "count",
    "Counted",
    (Choice("customers", "customers that churned"), Choice("mrr", "MRR that churned")),
)
BY = Option(
    "parts",
    "Told apart by",
    (
        Choice("both", "kind and reason"),
        Choice("reason", "reason"),
        Choice("kind", "kind: voluntary or involuntary"),
    ),
)


def compute(options: Options) -> Computation:
    is_money = options["count"] == "mrr"
    by = By(options["parts"])
    what = {By.BOTH: "kind and reason", By.REASON: "reason", By.KIND: "kind"}[by]
    who = "churned MRR" if is_money else "churned customers"
    return Computation(
        measure=Reasons(by=by, formula=f"{who}, by {what}", is_money=is_money),
        estimate=estimates.total if is_money else estimates.count,
        unit=Unit.MONEY if is_money else None,
        numerator_unit=Unit.MONEY if is_money else Unit.COUNT,
        denominator_unit=None,
        parts_unit=Unit.MONEY if is_money else Unit.COUNT,
        is_divided=False,
        no_interval="a total has no interval",
        shown=largest,
    )


METRIC = Metric(
    key="churn_reasons",
    name="Churn reasons",
    question=Question.STAYING,
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    formula=FORMULA,
    source="docs/metrics.md, Revenue",
    compute=compute,
    reads=CONTRACTS | {"renewals"},
    looks_ahead={"renewals": REACH},
    options=(COUNT, BY),
    n_label="customers that churned",
    help=f"Of the renewal on record that is nearest, {REACH} days at most. Adds up to churn.",
    notes=(
        Note(
            "Reasons of churn",
            """
            are those of the customer's renewal with a reason or kind whose date or notice is
            nearest the churn, 90 days away at most; otherwise unknown. With more than twenty in a
            period, all but its nineteen largest stand together as other reasons, in its segments
            too. Customers are counted as often as they churned.
            """,
        ),
    ),
)
