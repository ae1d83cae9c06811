"""`health_score`: how customers are doing."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.health import WITHIN, Health, Weight
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop(
    "sum of the scores of paying customers at the close / how many of them have a score"
)
WEIGHT = Option(
    "weight",
    gettext_noop("Weighted by"),
    (
        Choice("customer", gettext_noop("every customer counts the same")),
        Choice("mrr", gettext_noop("every customer counts its MRR at the close")),
    ),
)
SHARES = {f"{name}_share": Unit.SHARE for name in WITHIN}


def compute(options: Options) -> Computation:
    weight = Weight(options["weight"])
    if weight is Weight.CUSTOMER:
        return Computation(
            measure=Health(formula=FORMULA),
            estimate=estimates.mean_score,
            part_units=SHARES,
        )
    return Computation(
        measure=Health(
            weight=weight,
            formula=gettext_noop(
                "sum of score x MRR at the close / MRR at the close of who has a score"
            ),
        ),
        estimate=estimates.mean_score,
        numerator_unit=Unit.MONEY,
        denominator_unit=Unit.MONEY,
        parts_unit=Unit.MONEY,
        part_units=SHARES,
    )


def n_label(n: int) -> str:
    return npgettext("n", "customer with a score", "customers with a score", n)


METRIC = Metric(
    key="health_score",
    name=gettext_noop("Health score"),
    question=Question.STAYING,
    unit=Unit.SCORE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Health"),
    compute=compute,
    reads=CONTRACTS | {"health_scores"},
    options=(WEIGHT,),
    n_label=n_label,
    row_page="metrics:customer_health",
    help=gettext_noop(
        "How well customers are doing, 0 to 100 by the company's own model. Green, amber"
        " and red are its bands."
    ),
    notes=(
        Note(
            gettext_noop("Whose score counts."),
            folded("""
            The score that a customer had on the last day of the period, if it paid that day; of an
            unfinished period, on the as-of day. Who pays and has none (nothing was measured, or no
            model is for it) is `not_scored` and counts in neither number.
            """),
        ),
        Note(
            gettext_noop("What is in each band."),
            folded("""
            `green`, `amber` and `red` count customers, or with `weight=mrr` what they pay; the
            `_share` of each is of all that are scored. A customer's band is that of its own model
            on that day.
            """),
        ),
        Note(
            gettext_noop("How much is known."),
            folded("""
            `little_known` counts the customers, or what they pay, whose score has a coverage below
            50 %: less than half of what their model weighs was measured. It is beside the bands,
            each of which holds such customers too.
            """),
        ),
        Note(
            gettext_noop("Segments."),
            folded("""
            A customer stands where it was on the last day. By product and plan it counts in every
            one it paid for that day, with what it paid for that one.
            """),
        ),
        Note(
            gettext_noop("The time before the first score."),
            folded("""
            Scores of the year before a company's first are made afterwards, weekly, by the version
            that its model was first published as, from what was known then (docs/health.md). A
            new version changes no score of the past.
            """),
        ),
    ),
)
