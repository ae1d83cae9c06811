"""`nps`: the net promoter score."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.answers import Answers, Weight
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.readings import DATED_FACTS
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("100 x (promoters - detractors) / contacts that answered")
CAMPAIGNS = Option(
    "campaigns",
    gettext_noop("Campaigns"),
    (
        Choice("relational", gettext_noop("about the relationship as a whole")),
        Choice("all", gettext_noop("also about single events")),
    ),
)
WEIGHTED = {
    Weight.CONTACT: FORMULA,
    Weight.CUSTOMER: gettext_noop(
        "100 x (weight of promoters - weight of detractors) / weight of contacts that answered"
    ),
    Weight.MRR: gettext_noop("100 x (MRR of promoters - MRR of detractors) / MRR that answered"),
}
WEIGHT = Option(
    "weight",
    gettext_noop("Weighted by"),
    (
        Choice("contact", gettext_noop("every contact counts the same")),
        Choice("customer", gettext_noop("every customer counts the same")),
        Choice("mrr", gettext_noop("every customer counts its MRR on the day of the answer")),
    ),
)


def compute(options: Options) -> Computation:
    weight = Weight(options["weight"])
    measure = Answers(
        is_relational_only=options["campaigns"] == "relational",
        weight=weight,
        is_money=weight is Weight.MRR,
        formula=WEIGHTED[weight],
    )
    if weight is Weight.CONTACT:
        return Computation(measure=measure, estimate=estimates.net_promoter)
    unit = Unit.MONEY if weight is Weight.MRR else Unit.RATIO
    return Computation(
        measure=measure,
        estimate=estimates.weighted_net_promoter,
        numerator_unit=unit,
        denominator_unit=unit,
        also_reads=CONTRACTS,
    )


def n_label(n: int) -> str:
    return npgettext("n", "contact that answered", "contacts that answered", n)


METRIC = Metric(
    key="nps",
    name=gettext_noop("Net promoter score"),
    question=Question.LIKING,
    unit=Unit.SCORE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Feedback"),
    compute=compute,
    reads=frozenset({"responses", "contacts"}),
    options=(CAMPAIGNS, WEIGHT),
    n_label=n_label,
    help=gettext_noop(
        "How likely contacts are to recommend you, from -100 to 100. Promoters score 9 or"
        " 10, detractors 0 to 6; a contact's latest answer counts."
    ),
    notes=(
        Note(
            gettext_noop("Weighted NPS."),
            folded("""
            A customer's weight (1, or its MRR on the day of the answer) is shared evenly among its
            contacts in the cell. Wilson's interval is that of (score + 100) / 200.
            """),
        ),
        Note(
            gettext_noop("Where an answer stands."),
            folded("""
            An NPS answer stands where its customer was on the day of the answer; by product and
            plan it counts in every one its customer paid for that day, or in `none`.
            """),
        ),
        DATED_FACTS,
    ),
)
