"""`arpa`: average revenue per account."""

from metrics import estimates
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import Computation, Direction, Metric, Question
from metrics.options import Options
from metrics.units import Unit

FORMULA = "MRR at the close / paying customers at the close"


def compute(options: Options) -> Computation:
    return Computation(
        measure=Standing(
            numerator=Balance.MRR,
            denominator=Balance.CUSTOMERS,
            formula=FORMULA,
            is_money=True,
        ),
        estimate=estimates.mean_money,
        numerator_unit=Unit.MONEY,
    )


METRIC = Metric(
    key="arpa",
    name="Average revenue per account",
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source="docs/metrics.md, Revenue",
    compute=compute,
    n_label="customers at the close",
)
