"""`ces`: the share of answers that say it was easy."""

from django.utils.translation import gettext_noop

from metrics import counted, estimates
from metrics.contributions.scored import MIXED, ONE_SCALE, Scored
from metrics.definition import Computation, Direction, Metric, Question
from metrics.options import Choice, Option, Options
from metrics.readings import DATED_FACTS, SCALES
from metrics.units import Unit

FORMULA = gettext_noop("answers that say it was easy / answers")
EASY = {7: 5, 5: 4}
SCALE = Option(
    "scale",
    gettext_noop("Scale"),
    (
        Choice(
            ONE_SCALE, gettext_noop("the one scale of the answers; no value where they are on two")
        ),
        Choice("7", gettext_noop("answers on 1 to 7; 5 to 7 are easy")),
        Choice("5", gettext_noop("answers on 1 to 5; 4 and 5 are easy")),
        Choice(MIXED, gettext_noop("answers on any scale, taken together")),
    ),
)


def compute(options: Options) -> Computation:
    scale = options["scale"]
    return Computation(
        measure=Scored(kind="ces", good_name="easy", good=EASY, scale=scale, formula=FORMULA),
        estimate=estimates.share_of_answers if scale == MIXED else estimates.share_on_one_scale,
        part_units={"mean": Unit.RATIO},
    )


METRIC = Metric(
    key="ces",
    name=gettext_noop("Customer effort score"),
    question=Question.LIKING,
    unit=Unit.SHARE,
    direction=Direction.HIGHER,
    formula=FORMULA,
    source=gettext_noop("docs/metrics.md, Feedback"),
    compute=compute,
    reads=frozenset({"responses", "contacts"}),
    options=(SCALE,),
    splits=("campaign",),
    n_label=counted.answers,
    help=gettext_noop(
        "The share of answers that found it easy: 5 to 7 of 1 to 7, or 4 or 5 of 1 to 5."
        " Every answer counts."
    ),
    notes=(
        SCALES,
        DATED_FACTS,
    ),
)
