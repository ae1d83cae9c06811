"""`active_users`: how many people use it, how often, and which customers use what."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.formatting import format_number
from metrics import estimates
from metrics.contributions.rows import Sums
from metrics.contributions.users import ActiveUsers, Adoption, Count
from metrics.definition import CONTRACTS, Computation, Direction, Metric, Note, Question
from metrics.options import Choice, Option, Options
from metrics.units import Unit
from metrics.words import folded, wording

FORMULA = gettext_noop("end users active on a day, the mean over the days of the period")
METHOD = Option(
    "method",
    gettext_noop("Method"),
    (
        Choice("dau", gettext_noop("end users active on a day, the mean over the period")),
        Choice("wau", gettext_noop("end users active in the 7 days up to the close")),
        Choice("mau", gettext_noop("end users active in the 30 days up to the close")),
        Choice(
            "stickiness",
            gettext_noop("mean daily active users / those of the 30 days up to the close"),
        ),
        Choice(
            "adoption",
            gettext_noop("customers using it in the period / paying customers at the close"),
        ),
    ),
)
EVENT = Option(
    "event", gettext_noop("Event or page"), (Choice("", gettext_noop("any")),), is_text=True
)
IN_DAYS = wording(gettext_noop("end users active in the {days} days up to the close"))
NO_INTERVAL = gettext_noop("a count, not an estimate")


def _daily_words(sums: Sums) -> str:
    if not sums.y:
        return _("no day of any end user")
    return _("{user_days} days of end users / {days} days").format(
        user_days=format_number(int(sums.y)), days=format_number(int(sums.parts["days"]))
    )


def _stickiness_words(sums: Sums) -> str:
    return _("({daily}) / {users} end users active in 30 days").format(
        daily=_daily_words(sums), users=format_number(int(sums.x))
    )


def compute(options: Options) -> Computation:
    event = options["event"]
    match options["method"]:
        case "adoption":
            return Computation(
                measure=Adoption(
                    event=event,
                    formula=gettext_noop(
                        "customers using it in the period / paying customers at the close"
                    ),
                ),
                estimate=estimates.share,
                unit=Unit.SHARE,
                also_reads=CONTRACTS,
            )
        case "stickiness":
            return Computation(
                measure=ActiveUsers(
                    count=Count.STICKINESS,
                    event=event,
                    formula=gettext_noop(
                        "mean daily active users / end users active in the 30 days up to the close"
                    ),
                ),
                estimate=estimates.ratio_per_day,
                unit=Unit.SHARE,
                words=_stickiness_words,
            )
        case "dau":
            return Computation(
                measure=ActiveUsers(count=Count.DAILY, event=event, formula=FORMULA),
                estimate=estimates.mean_per_day,
                unit=Unit.RATIO,
                denominator_unit=None,
                is_divided=False,
                no_interval=NO_INTERVAL,
                words=_daily_words,
            )
    count = Count(options["method"])
    formula = IN_DAYS.format(days=count.window)
    return Computation(
        measure=ActiveUsers(count=count, event=event, formula=formula),
        estimate=estimates.count,
        denominator_unit=None,
        is_divided=False,
        no_interval=NO_INTERVAL,
    )


METRIC = Metric(
    key="active_users",
    name=gettext_noop("Active users"),
    question=Question.USING,
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Use and support"),
    compute=compute,
    reads=frozenset({"usage"}),
    options=(METHOD, EVENT),
    splits=("feature",),
    help=gettext_noop(
        "How many people use your product: per day, week and month, how sticky, and how"
        " many customers use a feature."
    ),
    notes=(
        Note(
            gettext_noop("Active users."),
            folded("""
            A user is an end user of a customer; an event, page or screen of any name makes it
            active, or of the name `event`. `dau` is the mean over the days of the period, those
            without anybody included; `wau` and `mau` count those of the 7 and 30 days up to the
            close. `stickiness` is the period's mean over the users of the 30 days up to its close,
            so of a single day it is DAU / MAU. A feature is an event's name. `adoption` is of the
            customers paying at the close: those with the event in the period. `dau` puts a user
            where its customer was that day, the others where it is at the close.
            """),
        ),
    ),
)
