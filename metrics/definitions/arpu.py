"""`arpu`: average revenue per user: per active customer, or per end user."""

from metrics import estimates
from metrics.contributions.billed import Billed
from metrics.contributions.per_user import PerEndUser
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.readings import WHAT_WAS_BILLED
from metrics.units import Unit

FORMULA = "billed for the days of the period / customers that paid on any of its days"
USER = Option(
    "user",
    "User",
    (
        Choice("customer", "a customer active in the period; revenue is what was billed for it"),
        Choice("end_user", "an end user active in the period; revenue is the MRR at the close"),
    ),
)


def compute(options: Options) -> Computation:
    if options["user"] == "end_user":
        return Computation(
            measure=PerEndUser(formula="MRR at the close / end users active in the period"),
            estimate=estimates.mean_money,
            numerator_unit=Unit.MONEY,
        )
    measure = Billed(
        customers="active",
        is_by_service=True,
        formula=FORMULA,
        empty_reason="no customers in the period",
    )
    return Computation(measure=measure, estimate=estimates.mean_billed, numerator_unit=Unit.MONEY)


METRIC = Metric(
    key="arpu",
    name="Average revenue per user",
    version=2,
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source="docs/metrics.md, Revenue",
    compute=compute,
    reads=CONTRACTS | {"invoices", "usage"},
    options=(USER,),
    n_label="customers",
    help="An invoice is spread over the days of service it is for.",
    notes=(
        Note(
            "End users",
            """
            are active on a day with any event; each counts once in a period. MRR and end users
            stand where their customer is at the close; by product and plan all of a customer's end
            users count wherever it pays.
            """,
        ),
        WHAT_WAS_BILLED,
    ),
)
