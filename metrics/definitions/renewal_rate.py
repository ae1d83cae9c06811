"""`renewal_rate`: what renewed of what came due."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.due import Days
from metrics.contributions.renewals import Count, Renewed
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Numbers, Option, Options
from metrics.readings import LATE_RENEWALS
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop(
    "customers that renewed / customers with a contract that came due and is decided"
)
COUNT = Option(
    "count",
    gettext_noop("Counted"),
    (
        Choice("customers", gettext_noop("customers")),
        Choice("mrr_gross", gettext_noop("MRR that came due, without what it rose by")),
        Choice("mrr_net", gettext_noop("MRR after the renewal against MRR before it")),
    ),
)
DUE = Option(
    "due",
    gettext_noop("What comes due"),
    (
        Choice(
            "all",
            gettext_noop(
                "renewal dates on record, and the end of every paid month, quarter or year"
            ),
        ),
        Choice(
            "longer",
            gettext_noop("renewal dates on record, and the end of every paid quarter or year"),
        ),
        Choice("recorded", gettext_noop("renewal dates on record alone")),
    ),
)
GRACE_DAYS = Option(
    "grace_days",
    gettext_noop("Renewed up to so many days late"),
    (
        Choice(
            "0", gettext_noop("days, or the setting for all metrics if more; undecided until then")
        ),
    ),
    Numbers(0, 90),
)


def compute(options: Options) -> Computation:
    count = Count(options["count"])
    formula = {
        Count.CUSTOMERS: FORMULA,
        Count.MRR_GROSS: gettext_noop(
            "MRR that renewed, at most what came due / MRR that came due"
        ),
        Count.MRR_NET: gettext_noop("MRR that renewed / MRR that came due"),
    }[count]
    measure = Renewed(
        count=count,
        grace_days=int(options["grace_days"]),
        formula=formula,
        days=Days(options["due"]),
    )
    if count is Count.CUSTOMERS:
        return Computation(measure=measure, estimate=estimates.share)
    gross = count is Count.MRR_GROSS
    return Computation(
        measure=measure,
        estimate=estimates.weighted_share if gross else estimates.ratio,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
        parts_unit=Unit.MONEY,
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer that is decided", "customers that are decided", n)


METRIC = Metric(
    key="renewal_rate",
    name=gettext_noop("Renewal rate"),
    question=Question.STAYING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Revenue"),
    compute=compute,
    reads=CONTRACTS | {"renewals"},
    looks_ahead={"subscriptions": 90, "pauses": 90, "renewals": 90},
    options=(COUNT, DUE, GRACE_DAYS),
    n_label=n_label,
    help=gettext_noop(
        "The share of customers due who renewed. Each contract counts once, by its last due"
        " day. What is undecided stands apart."
    ),
    notes=(
        Note(
            gettext_noop("What comes due."),
            folded("""
            A contract that was paid for the day before, on its renewal dates on record, and at the
            end of each month, quarter or year (whatever its price is for) since it began; a date on
            record less than half that time away takes the place of such an end. `due=recorded`
            takes the dates on record alone. In a period a contract counts once, by its last due
            day; a customer, once: it renewed if anything of it did. It stands where it was on its
            last due day. A paused contract comes due like any other.
            """),
        ),
        Note(
            gettext_noop("What renewed."),
            folded("""
            A contract that is paid for on the due day, or from a day at most `grace_days` later, at
            the price it then has; or, where it is not, contracts the customer begins in that time
            in its place. Until the grace is over one without notice is undecided, and neither due
            nor lost. Where the company lets contracts renew late (`late_days`) by more days than
            `grace_days`, those hold.
            """),
        ),
        LATE_RENEWALS,
    ),
)
