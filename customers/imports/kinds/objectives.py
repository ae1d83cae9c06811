"""Success objectives: the outcomes customers want."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Text
from customers.models import Objective

OBJECTIVES = fact_kind(
    model=Objective,
    key="objectives",
    label=gettext_noop("Objectives"),
    noun=gettext_noop("objective"),
    description=gettext_noop("The outcomes a customer wants from what it bought, due and reached."),
    identity=("customer", "objective"),
    since=("agreed_on", "due_on", "reached_on"),
    fields=(
        CUSTOMER,
        Field(
            "objective",
            gettext_noop("Objective"),
            Text(500),
            gettext_noop("What the customer wants to achieve."),
            aliases="objective, outcome, goal, desired outcome, success criterion, title, name",
            is_required=True,
        ),
        Field(
            "agreed_on",
            gettext_noop("Agreed on"),
            Day(),
            gettext_noop("The day it was agreed with the customer."),
            aliases="agreed on, agreed, set on, created on, created at, start date",
        ),
        Field(
            "due_on",
            gettext_noop("Due on"),
            Day(),
            gettext_noop("The day it is to be reached by."),
            aliases="due on, due, due date, target date, deadline",
        ),
        Field(
            "reached_on",
            gettext_noop("Reached on"),
            Day(),
            gettext_noop("The day it was reached. Empty: not yet."),
            aliases="reached on, reached, achieved on, achieved, completed on, completed, done on",
        ),
    ),
    stored={"objective": Stored("outcome")},
    rules=(
        Rule(
            "reached_on",
            "n.reached_on < n.agreed_on",
            gettext_noop("it was reached before it was agreed, on {agreed_on}"),
            {"agreed_on": "n.agreed_on"},
        ),
        Rule(
            "due_on",
            "n.due_on < n.agreed_on",
            gettext_noop("it is due before it was agreed, on {agreed_on}"),
            {"agreed_on": "n.agreed_on"},
        ),
    ),
)
