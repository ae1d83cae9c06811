"""What the demo's people have before them: a few tasks, and notes that name each other. Made once,
through the actions of the pages."""

from __future__ import annotations

import datetime as dt

from accounts.models import Role, User
from customers.actions import notes, tasks
from customers.models import Customer, Mention, Task
from metrics.today import reading
from metrics.today.reading import Asked
from tenants.jobs import finish
from tenants.models import Company

DAY = dt.timedelta(days=1)
# (what, days until it is due; None: no day)
TASKS = (
    ("Send the offer for the second department", 0),
    ("Ask for a reference call", -2),
    ("Prepare the business review", 3),
    ("Find out who the new sponsor is", None),
)


def give_work(company: Company) -> None:
    """Tasks of the manager's, one of the owner's, and two notes; nothing where there are any."""
    if Task.objects.exists() or Mention.objects.exists():
        return
    manager = User.objects.filter(role=Role.MANAGER).earliest("pk")
    owner = User.objects.active_owners().get()
    today = company.today()
    busy = [
        Customer.objects.get(pk=item.customer_id)
        for item in reading.read(Asked(), company=company, today=today).items[:8]
    ]
    if not busy:
        return
    for number, (title, days) in enumerate(TASKS):
        tasks.make(
            customer=busy[(number + 2) % len(busy)],
            title=title,
            by=owner,
            assignee=manager,
            due_on=None if days is None else today + days * DAY,
        )
    tasks.make(customer=busy[0], title="Call their board", by=manager, assignee=owner, due_on=today)
    notes.write(
        customer=busy[0],
        text=f"Spoke with them this morning: they compare us with two others. @{manager.name},"
        " please get them the numbers of their rollout before Friday.",
        by=owner,
    )
    notes.write(
        customer=busy[1 % len(busy)],
        text=f"Their new finance lead wants yearly invoices. @{owner.name}, can we?",
        by=manager,
    )
    for mention in Mention.objects.all():  # before the survey: its mails are the newest
        finish(key=f"{notes.MAIL_MENTION}-{mention.pk}")
