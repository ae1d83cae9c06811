"""Models to start from; a company changes them as it likes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from metrics.health import signals
from metrics.health.recipe import Ingredient, Recipe


@dataclass(frozen=True)
class ReadyMade:
    """`weights` by signal, each with its usual curve."""

    key: str
    name: str
    about: str
    weights: dict[str, float]

    def recipe(self) -> Recipe:
        known = signals.built_in()
        return Recipe(
            tuple(Ingredient(key, weight, known[key].curve) for key, weight in self.weights.items())
        )


BALANCED = ReadyMade(
    "balanced",
    gettext_noop("Balanced"),
    gettext_noop(
        "All four kinds of signals, use the most: a start for most subscription businesses."
    ),
    {
        "active_users_trend": 15,
        "days_since_use": 15,
        "features_used": 5,
        "licences_used": 5,
        "nps": 10,
        "csat": 5,
        "open_tickets": 5,
        "old_tickets": 10,
        "mrr_change": 10,
        "notice_given": 10,
        "overdue_days": 5,
        "days_since_touchpoint": 5,
    },
)
USAGE_LED = ReadyMade(
    "usage_led",
    gettext_noop("Usage-led"),
    gettext_noop("For products that tell by their use: what people do counts, little else."),
    {
        "active_users_trend": 30,
        "days_since_use": 30,
        "features_used": 15,
        "licences_used": 15,
        "old_tickets": 10,
    },
)
RELATIONSHIP_LED = ReadyMade(
    "relationship_led",
    gettext_noop("Relationship-led"),
    gettext_noop("For few, large customers, who are known by name and seldom send events."),
    {
        "nps": 20,
        "feedback_age": 5,
        "days_since_touchpoint": 15,
        "champion_gone": 15,
        "late_goals": 10,
        "advocacy": 5,
        "old_tickets": 10,
        "mrr_change": 10,
        "notice_given": 10,
    },
)
ONBOARDING = ReadyMade(
    "onboarding",
    gettext_noop("Onboarding"),
    gettext_noop(
        "For the first months: whether milestones are reached and people begin to use it."
    ),
    {
        "late_goals": 35,
        "days_since_use": 25,
        "features_used": 15,
        "licences_used": 15,
        "days_since_touchpoint": 10,
    },
)
READY_MADE = {one.key: one for one in (BALANCED, USAGE_LED, RELATIONSHIP_LED, ONBOARDING)}
