"""What came of campaigns. Reads only."""

from surveys.results.figures import Figure
from surveys.results.funnel import Funnel, funnel_of
from surveys.results.progress import Progress, asked_by, progress_of, responses_of, troubles_of
from surveys.results.questions import QuestionResult, questions_of
from surveys.results.scores import (
    Row,
    Segments,
    by_segment,
    figures_of,
    segment_names,
)
from surveys.results.stored import stored_counts, stored_of
from surveys.results.tally import Tally, over_time, tally_of

__all__ = [
    "Figure",
    "Funnel",
    "Progress",
    "QuestionResult",
    "Row",
    "Segments",
    "Tally",
    "asked_by",
    "by_segment",
    "figures_of",
    "funnel_of",
    "over_time",
    "progress_of",
    "questions_of",
    "responses_of",
    "segment_names",
    "stored_counts",
    "stored_of",
    "tally_of",
    "troubles_of",
]
