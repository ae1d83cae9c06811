"""What a new company does first, and what of it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.kinds import KINDS
from customers.imports.kinds.contacts import CONTACTS
from customers.registry import NextStep

# By step: SQL that is true once it is done.
_DONE = {
    "customers": "EXISTS (SELECT FROM customers_customer)",
    "subscriptions": "EXISTS (SELECT FROM customers_term)",
    "contacts": "EXISTS (SELECT FROM customers_contact WHERE removed_at IS NULL)",
    "people": """(SELECT count(*) > 1 FROM (SELECT FROM accounts_user LIMIT 2) AS found)
        OR EXISTS (SELECT FROM accounts_userinvitation)""",
    "usage": "EXISTS (SELECT FROM customers_usageday)",
    "survey": "EXISTS (SELECT FROM surveys_campaign)",
    "goal": "EXISTS (SELECT FROM metrics_goal)",
}

# Contracts came in, and nothing of the company was ever counted.
_COUNTING = """EXISTS (SELECT FROM customers_term) AND EXISTS (SELECT FROM customers_change)
    AND NOT EXISTS (SELECT FROM metrics_movement)"""


@dataclass(frozen=True)
class Step:
    """`within`: the title within a sentence. `sample`: the address of a file that shows what is
    wanted, if any. `makes_figures`: there is something to read once it is done. `is_admins`: a
    manager may not do it."""

    key: str
    title: str
    within: str
    text: str
    href: str
    label: str
    is_done: bool
    makes_figures: bool = False
    is_admins: bool = False
    sample: str = ""


@dataclass(frozen=True)
class FirstRun:
    """`is_counting`: there are contracts, and the first figures are still being made of them."""

    steps: tuple[Step, ...]
    is_counting: bool

    @property
    def has_figures(self) -> bool:
        """Something was brought in, or asked, that figures come of."""
        return any(step.is_done for step in self.steps if step.makes_figures)

    @property
    def file(self) -> Step | None:
        """The next step, if that is a file to bring in."""
        return self.next if self.next and self.next.sample else None

    @property
    def open(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.is_done)

    @property
    def next(self) -> Step | None:
        return self.open[0] if self.open else None

    @property
    def done(self) -> int:
        return len(self.steps) - len(self.open)


def first_run() -> FirstRun:
    """The steps in order, each looked up in what the company holds. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_DONE.values())}, {_COUNTING}")
        *done, is_counting = cursor.fetchone()
    return FirstRun(tuple(_steps(dict(zip(_DONE, done, strict=True)))), is_counting)


def after_import(kind: str) -> NextStep | None:
    """For the page of an import that is done: which file a new company brings in next; after its
    contacts, when there is none left, that it can ask them. One query."""
    run = first_run()
    step = run.file
    if step is None and kind == CONTACTS.key:
        step = next((one for one in run.open if one.key == "survey"), None)
    if step is None:
        return None
    return NextStep(_("Next: {step}").format(step=step.within), step.href)


def _steps(is_done: Mapping[str, bool]) -> list[Step]:
    return [
        Step(
            key="customers",
            is_done=is_done["customers"],
            within=_("import your customers"),
            title=gettext_noop("Import your customers"),
            text=gettext_noop(
                "A CSV or Excel file with a row for each: a name, and whatever else you know."
            ),
            label=gettext_noop("Import customers"),
            href=_import_href("customers"),
            sample=reverse("customers:import_sample", args=["customers"]),
        ),
        Step(
            key="subscriptions",
            is_done=is_done["subscriptions"],
            within=_("import their subscriptions"),
            title=gettext_noop("Import their subscriptions"),
            text=gettext_noop(
                "What each pays, from when to when. MRR, churn and retention come from it."
            ),
            label=gettext_noop("Import subscriptions"),
            makes_figures=True,
            href=_import_href("subscriptions"),
            sample=reverse("customers:import_sample", args=["subscriptions"]),
        ),
        Step(
            key="contacts",
            is_done=is_done["contacts"],
            within=_("import the people you know there"),
            title=gettext_noop("Import the people you know there"),
            text=gettext_noop("Names and addresses of your contacts: surveys go to them."),
            label=gettext_noop("Import contacts"),
            href=_import_href("contacts"),
            sample=reverse("customers:import_sample", args=["contacts"]),
        ),
        Step(
            key="people",
            is_done=is_done["people"],
            within=_("invite your colleagues"),
            title=gettext_noop("Invite your colleagues"),
            text=gettext_noop(
                "Managers work with customers, viewers read. Each signs in for themselves."
            ),
            label=gettext_noop("Invite people"),
            href=reverse("accounts:people"),
            is_admins=True,
        ),
        Step(
            key="usage",
            is_done=is_done["usage"],
            within=_("send what your customers do"),
            title=gettext_noop("Send what your customers do"),
            text=gettext_noop(
                "From your product with any Segment library, or a file now and then. Health"
                " and engagement come from it."
            ),
            label=gettext_noop("Connect the stream"),
            makes_figures=True,
            href=reverse("customers:stream"),
            is_admins=True,
        ),
        Step(
            key="survey",
            is_done=is_done["survey"],
            within=_("ask your customers"),
            title=gettext_noop("Ask your customers"),
            text=gettext_noop("An NPS, CSAT or CES survey by e-mail to the contacts you choose."),
            label=gettext_noop("Start a survey"),
            makes_figures=True,
            href=reverse("surveys:campaign_new"),
        ),
        Step(
            key="goal",
            is_done=is_done["goal"],
            within=_("set a goal"),
            title=gettext_noop("Set a goal"),
            text=gettext_noop("What a figure should be, by when. Progress then stands beside it."),
            label=gettext_noop("Set a goal"),
            href=reverse("metrics:goal_new"),
        ),
    ]


def _import_href(kind: str) -> str:
    """Where a file of this kind is brought in."""
    return f"{reverse('customers:import_new')}?kind={KINDS[kind].key}"
