"""Why there is no proof, or no weights: kept in English with the record, and said by
metrics.words in the language of who reads it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from metrics.words import wording

NOBODY_SCORED = wording(
    gettext_noop(
        "No customer with a score was there at the end of a month {horizon} days ago or more."
    )
)
ONE_LEFT = wording(
    gettext_noop(
        "{left} customer left within {horizon} days of a snapshot; {needed} are needed to tell a"
        " model from chance."
    )
)
FEW_LEFT = wording(
    gettext_noop(
        "{left} customers left within {horizon} days of a snapshot; {needed} are needed to tell a"
        " model from chance."
    )
)
EVERYBODY_LEFT = gettext_noop("Everybody left, so there is nobody to tell them from.")
FEW_TO_LEARN_FROM = wording(
    gettext_noop(
        "{needed} customers that left within {horizon} days of a snapshot are needed to learn the"
        " weights of {ingredients} signals; there are {left}."
    )
)
FEW_SNAPSHOTS = wording(
    gettext_noop(
        "{fewest_snapshots} ends of months with their outcome are needed; there are {snapshots}."
    )
)
UNEVEN = wording(
    gettext_noop(
        "Weights are tried on later months than they are learned from. That takes"
        " {fewest_left_to_learn} customers that left in the months to learn from and"
        " {fewest_left_to_try} at snapshots at least {horizon} days after; there are fewer."
    )
)
UNTOLD = gettext_noop("None of the model's signals went with who stayed in the company's past.")
