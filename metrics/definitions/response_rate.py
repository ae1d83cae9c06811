"""`response_rate`: of the invitations that reached somebody, those answered."""

from django.utils.translation import gettext_noop, npgettext

from metrics import estimates
from metrics.contributions.sent import Sent
from metrics.definition import Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.readings import DATED_FACTS
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop(
    "invitations answered by now / invitations sent in the period, less those that came back"
)
KINDS = ("nps", "csat", "ces")
KIND = Option(
    "kind",
    gettext_noop("Surveys"),
    (
        Choice("all", gettext_noop("of every kind")),
        Choice("nps", gettext_noop("NPS")),
        Choice("csat", gettext_noop("CSAT")),
        Choice("ces", gettext_noop("CES")),
    ),
)


def compute(options: Options) -> Computation:
    kinds = KINDS if options["kind"] == "all" else (options["kind"],)
    return Computation(measure=Sent(kinds=kinds, formula=FORMULA), estimate=estimates.share)


def n_label(n: int) -> str:
    return npgettext("n", "invitation", "invitations", n)


METRIC = Metric(
    key="response_rate",
    name=gettext_noop("Survey response rate"),
    question=Question.LIKING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Feedback"),
    compute=compute,
    reads=frozenset({"responses", "invitations", "contacts"}),
    looks_ahead={"responses": None},
    options=(KIND,),
    splits=("campaign",),
    n_label=n_label,
    help=gettext_noop(
        "The share of surveys sent from here that were answered. Answers that come later"
        " still raise it."
    ),
    notes=(
        Note(
            gettext_noop("Invitations."),
            folded("""
            Where the mail's provider tells of deliveries (of at least one of the campaign), those
            delivered count; elsewhere those sent, less those that came back and those whose
            address was reported not to exist after the sending. What was answered was delivered.
            Whether a mail of state `unknown`
            went out is not known, and of surveys asked elsewhere only the answers came in: neither
            counts. Answers of the company's own users are no answers.
            """),
        ),
        DATED_FACTS,
    ),
)
