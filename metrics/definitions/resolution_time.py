"""`resolution_time`: how long tickets take."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, npgettext

from accounts.formatting import format_number
from metrics import estimates
from metrics.contributions.rows import Sums
from metrics.contributions.tickets import OpenTickets, Tickets, Until
from metrics.definition import Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.units import Unit
from metrics.words import folded

FORMULA = gettext_noop("median of the hours from opening to final resolution")
METHOD = Option(
    "method",
    gettext_noop("Until"),
    (
        Choice("resolution", gettext_noop("the final resolution")),
        Choice("first_resolution", gettext_noop("the first resolution")),
        Choice("first_response", gettext_noop("the first response")),
        Choice("open_backlog", gettext_noop("tickets open at the close, however long")),
    ),
)
HOURS = Option(
    "hours",
    gettext_noop("Hours"),
    (
        Choice("calendar", gettext_noop("all hours")),
        Choice("business", gettext_noop("the company's business hours alone")),
    ),
)
FORMULAS = {
    Until.RESOLUTION: FORMULA,
    Until.FIRST_RESOLUTION: gettext_noop(
        "median of the hours from opening to the first resolution"
    ),
    Until.FIRST_RESPONSE: gettext_noop("median of the hours from opening to the first response"),
}
REASONS = {
    Until.RESOLUTION: gettext_noop("no tickets were resolved in the period"),
    Until.FIRST_RESOLUTION: gettext_noop(
        "no tickets were resolved for the first time in the period"
    ),
    Until.FIRST_RESPONSE: gettext_noop("no tickets were first answered in the period"),
}


def _words(sums: Sums) -> str:
    return _("median of the hours of {tickets} tickets").format(tickets=format_number(sums.n))


def compute(options: Options) -> Computation:
    if options["method"] == "open_backlog":
        return Computation(
            measure=OpenTickets(
                formula=gettext_noop("tickets opened before the close and not resolved by then")
            ),
            estimate=estimates.count,
            unit=Unit.COUNT,
            denominator_unit=None,
            is_divided=False,
            no_interval=gettext_noop("a count, not an estimate"),
        )
    until = Until(options["method"])
    return Computation(
        measure=Tickets(
            until=until,
            is_business=options["hours"] == "business",
            formula=FORMULAS[until],
            empty_reason=REASONS[until],
        ),
        estimate=estimates.median,
        numerator_unit=Unit.HOURS,
        parts_unit=Unit.HOURS,
        part_units={"open_backlog": Unit.COUNT},
        words=_words,
    )


def n_label(n: int) -> str:
    return npgettext("n", "ticket", "tickets", n)


METRIC = Metric(
    key="resolution_time",
    name=gettext_noop("Resolution time"),
    question=Question.HELPING,
    unit=Unit.HOURS,
    direction=Direction.LOWER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Use and support"),
    compute=compute,
    reads=frozenset({"tickets", "ticket_stages"}),
    options=(METHOD, HOURS),
    splits=("priority", "channel", "stage"),
    n_label=n_label,
    help=gettext_noop(
        "How long tickets take to be resolved, those that were in the period. Split by"
        " stage, the slow one shows."
    ),
    notes=(
        Note(
            gettext_noop("Tickets."),
            folded("""
            Every method counts a ticket by the day of its own instant: `first_response` those first
            answered in the period. The parts are the medians of the other two times, counted
            likewise, and the tickets open at the close. A ticket reopened later has no final
            resolution any more and leaves. A median's interval goes from the r-th smallest to the
            r-th largest value, r the largest with at most 2.5 % beyond either (Conover); under six
            tickets there is none.
            """),
        ),
        Note(
            gettext_noop("By stage"),
            folded("""
            a ticket has the hours it spent in each, all visits together, until the instant that the
            method ends with; before its first stage it is in `none`. So the hours of stages add up
            to those of the tickets. Its open tickets are by the stage they are in at the close.
            """),
        ),
        Note(
            gettext_noop("Business hours"),
            folded("""
            are the company's (Settings, Metrics): the hours of its business days by the clock of
            its time zone; there are no holidays. Their default is Monday to Friday, 9:00 to 17:00.
            """),
        ),
    ),
)
