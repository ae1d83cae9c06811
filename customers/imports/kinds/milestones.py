"""Onboarding milestones."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, fact_kind
from customers.imports.fields import Day, Field, Text
from customers.models import Milestone

MILESTONES = fact_kind(
    model=Milestone,
    key="milestones",
    label=gettext_noop("Milestones"),
    noun=gettext_noop("milestone"),
    description=gettext_noop("The steps of onboarding: when each is due and when it was reached."),
    identity=("customer", "name"),
    since=("reached_on", "due_on"),
    fields=(
        CUSTOMER,
        Field(
            "name",
            gettext_noop("Milestone"),
            Text(200),
            gettext_noop("The step: kick-off, data in, first report."),
            aliases="name, milestone, milestone name, step, task, title",
            is_required=True,
        ),
        Field(
            "due_on",
            gettext_noop("Due on"),
            Day(),
            gettext_noop("The day it is meant to be reached."),
            aliases="due on, due, due date, planned on, target date, deadline",
        ),
        Field(
            "reached_on",
            gettext_noop("Reached on"),
            Day(),
            gettext_noop("The day it was reached. Empty: not yet."),
            aliases="reached on, reached, completed on, completed at, completed, done on, done at"
            ", date",
        ),
    ),
)
