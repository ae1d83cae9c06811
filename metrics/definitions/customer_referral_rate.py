"""`customer_referral_rate`: the share of customers that bring in others."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.referrals import Referrals
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Options
from metrics.readings import PLACING
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("customers with a referral in the period / customers paying some day of it")


def compute(options: Options) -> Computation:
    return Computation(
        measure=Referrals(formula=FORMULA),
        estimate=estimates.share,
        part_units={
            "referrals_per_customer": Unit.RATIO,
            "conversion": Unit.SHARE,
            "new_with_referrer_share": Unit.SHARE,
        },
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer paying in the period", "customers paying in the period", n)


METRIC = Metric(
    key="customer_referral_rate",
    name=gettext_noop("Customer referral rate"),
    question=Question.WINNING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Customers"),
    compute=compute,
    reads=CONTRACTS | {"referrals"},
    looks_ahead={"referrals": None},
    n_label=n_label,
    help=gettext_noop(
        "The share of customers who brought in somebody. A referral counts on its day; it"
        " is converted once who was referred is a customer."
    ),
    notes=(
        Note(
            gettext_noop("Referrals"),
            folded("""
            count for customers that pay on some day of the period itself (who was lost on its first
            day does not), which stand where a rate puts them. `referrals`, `converted` and their
            ratios are of those customers; `converted` is by the as-of day. A new customer has a
            referrer when a referral on record, of whatever day, names it.
            """),
        ),
        PLACING,
    ),
)
