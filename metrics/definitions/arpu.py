"""`arpu`: average revenue per user: per active customer, or per end user."""

from django.utils.translation import gettext_noop

from metrics import estimates
from metrics.contributions.billed import Billed
from metrics.contributions.per_user import PerEndUser
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.readings import WHAT_WAS_BILLED
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("billed for the days of the period / customers that paid on any of its days")
USER = Option(
    "user",
    gettext_noop("User"),
    (
        Choice(
            "customer",
            gettext_noop("a customer active in the period; revenue is what was billed for it"),
        ),
        Choice(
            "end_user",
            gettext_noop("an end user active in the period; revenue is the MRR at the close"),
        ),
    ),
)


def compute(options: Options) -> Computation:
    if options["user"] == "end_user":
        return Computation(
            measure=PerEndUser(
                formula=gettext_noop("MRR at the close / end users active in the period")
            ),
            estimate=estimates.mean_money,
            numerator_unit=Unit.MONEY,
        )
    measure = Billed(
        customers="active",
        is_by_service=True,
        formula=FORMULA,
        empty_reason=gettext_noop("no customers in the period"),
    )
    return Computation(measure=measure, estimate=estimates.mean_billed, numerator_unit=Unit.MONEY)


METRIC = Metric(
    key="arpu",
    name=gettext_noop("Average revenue per user"),
    version=2,
    question=Question.REVENUE,
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS | {"invoices", "usage"},
    options=(USER,),
    help=gettext_noop(
        "What a customer is billed, on average. An invoice is spread over the days of"
        " service it is for."
    ),
    notes=(
        Note(
            gettext_noop("End users"),
            folded("""
            are active on a day with any event; each counts once in a period. MRR and end users
            stand where their customer is at the close; by product and plan all of a customer's end
            users count wherever it pays.
            """),
        ),
        WHAT_WAS_BILLED,
    ),
)
