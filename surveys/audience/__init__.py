"""Who a campaign goes to: the choice, and what comes of it: who is asked, who is left out, why."""

from surveys.audience.choice import ALL, ATTRIBUTE, PICKED, AudienceError, Choice, Filter
from surveys.audience.filters import (
    FilterKind,
    Group,
    Option,
    Shape,
    Values,
    add_filter,
    checked,
    kinds,
)
from surveys.audience.judging import (
    REASONS,
    LeftOut,
    Plan,
    ToAsk,
    contacts_to_ask,
    former_among,
    plan,
    plan_of,
    to_ask,
)
from surveys.audience.own_filters import attribute_values, languages

__all__ = [
    "ALL",
    "ATTRIBUTE",
    "PICKED",
    "REASONS",
    "AudienceError",
    "Choice",
    "Filter",
    "FilterKind",
    "Group",
    "LeftOut",
    "Option",
    "Plan",
    "Shape",
    "ToAsk",
    "Values",
    "add_filter",
    "attribute_values",
    "checked",
    "contacts_to_ask",
    "former_among",
    "kinds",
    "languages",
    "plan",
    "plan_of",
    "to_ask",
]
