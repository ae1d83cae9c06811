"""What a company happens to have, for the pages about one thing (tests/pages.py)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import User
from customers.models import Customer, Import, Task, Ticket
from metrics import dimensions
from metrics.models import Annotation, Benchmark, BoardReport, Goal, HealthModel, Recomputation
from surveys.models import Campaign, FollowUp
from tenants.models import Company
from tests.filled import Things

DAY = dt.timedelta(days=1)


def things_in(company: Company) -> Things:
    """{thing: one of them}; a thing that the company has none of is left out. Stands in it."""
    month = (company.today().replace(day=1) - 150 * DAY).replace(day=1)
    models = HealthModel.objects.annotate(versions_here=Count("versions"))
    found: dict[str, Any] = {
        "key": "mrr",
        "share_key": "customer_churn_rate",
        "quality_key": "no_owner",
        "kind": "tickets",
        "split": next(iter(dimensions.names()), None),
        "month": month,
        "next_month": (month + 32 * DAY).replace(day=1),
        "user": _first(User.objects.filter(role="viewer")),
        "fact": _first(Ticket.objects.current()),
        "digest": "weekly",
        "report": _first(BoardReport.objects.defer("file")),
        "task": _first(Task.objects),
        "goal": _first(Goal.objects),
        "annotation": _first(Annotation.objects),
        "benchmark": _first(Benchmark.objects),
        "model": _first(HealthModel.objects),
        "compared_model": _first(models.filter(versions_here__gt=1)),
        "drafted_model": _first(HealthModel.objects.filter(versions__number=None)),
        "recomputation": _first(Recomputation.objects),
        "follow_up": _first(FollowUp.objects),
        "import": _first(Import.objects.filter(state=Import.State.DONE)),
        "campaign": _first(Campaign.objects.exclude(state=Campaign.State.DRAFT).order_by("-pk")),
        "paused_campaign": _first(Campaign.objects.filter(state=Campaign.State.PAUSED)),
        "draft_campaign": _first(Campaign.objects.filter(state=Campaign.State.DRAFT)),
    }
    with_contacts = Customer.objects.annotate(contacts_here=Count("contacts"))
    if customer := with_contacts.order_by("-contacts_here", "pk").first():
        found["customer"] = customer.pk
        found["contact"] = _first(customer.contacts)
    return {thing: value for thing, value in found.items() if value is not None}


def _first(rows: Any) -> int | None:
    """The key of the first row, in the order they have or else as they were made."""
    asked: QuerySet[Any] = rows.all()
    row = (asked if asked.ordered else asked.order_by("pk")).first()
    return row.pk if row else None
