"""What customers' end users do: raw events for a set time, and what is kept of them.

Raw events are in tables that Django does not make (migration 0003): `customers_usageevent` is
partitioned by month. Everything below it is derived from raw events while these are kept, and a
record once they are gone. Derived rows have no foreign key constraint on the customer, whose
checking would cost more than making them; they begin their unique index with it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy

from customers.models.customer import Customer
from customers.models.source import Source


class UsageEvent(models.Model):
    """Something an end user did, at an instant.

    `customer_id` is null while nobody has said whose end user it is (`group_id` and `end_user`
    are as sent); it is filled in as soon as that is known. Without a constraint on the customer,
    whose checking would cost as much as storing.
    """

    class Kind(models.TextChoices):
        TRACK = "track", gettext_lazy("Event")
        PAGE = "page", gettext_lazy("Page view")
        SCREEN = "screen", gettext_lazy("Screen view")

    class Action(models.TextChoices):
        NONE = "", "—"
        SHOWN = "shown", gettext_lazy("Item shown")
        CLICKED = "clicked", gettext_lazy("Item clicked")

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    end_user = models.CharField(max_length=200)
    group_id = models.CharField(max_length=200, blank=True)
    session = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=200, help_text="Of the event, page or screen.")
    action = models.CharField(max_length=8, choices=Action, blank=True)
    item = models.CharField(max_length=200, blank=True)
    properties = models.JSONField(null=True)
    message_id = models.CharField(max_length=200)
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )

    class Meta:
        managed = False
        db_table = "customers_usageevent"

    def __str__(self) -> str:
        return f"{self.name} by {self.end_user}"


class UsageChange(models.Model):
    """Raw events of a customer's day came or went: its roll-ups have to be made anew.

    Of one customer, or of many at once: the event stream touches hundreds with each batch.
    """

    customer = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    customer_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.customer_ids or self.customer_id} on {self.day}"


class UsageDay(models.Model):
    """What an end user did on a day (the company's).

    Two groups of lists of one length each: `counts` says how often the event, page or screen
    `names` of the kind `kinds` was; `shown_at` and `clicked_at` say when the item of `items` was
    first shown and first clicked, at least one of them. Both in order. `events` is the sum of
    `counts`. Read them with `unnest(kinds, names, counts)` and `unnest(items, shown_at,
    clicked_at)`; a day in one row takes a quarter of the place of a row for each of these, and
    of the time to write it.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    end_user = models.CharField(max_length=200)
    events = models.PositiveIntegerField()
    kinds = ArrayField(models.TextField())
    names = ArrayField(models.TextField())
    counts = ArrayField(models.IntegerField())
    items = ArrayField(models.TextField(), default=list)
    shown_at = ArrayField(models.DateTimeField(null=True), default=list)
    clicked_at = ArrayField(models.DateTimeField(null=True), default=list)

    class Meta:
        # And that lists are of one length, which Django cannot express (migration 0015).
        constraints = [
            models.UniqueConstraint(fields=["customer", "day", "end_user"], name="usage_day_once"),
        ]
        indexes = [BrinIndex(fields=["day"], name="usage_day_by_day", pages_per_range=16)]

    def __str__(self) -> str:
        return f"{self.end_user} on {self.day}"


class UsageSession(models.Model):
    """An end user's session: events without a gap of the company's session gap or more, and of
    one session id where one was sent.

    `page_seconds` is the time from its first page view to its last event: what its `page_views`
    took together.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    end_user = models.CharField(max_length=200)
    session = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    day = models.DateField(help_text="On which it began.")
    events = models.PositiveIntegerField()
    page_views = models.PositiveIntegerField()
    page_seconds = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "started_at", "end_user", "session"], name="usage_session_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__gte=models.F("started_at")),
                name="usage_session_ends_after_start",
            ),
        ]
        # And one of long sessions, which Django cannot express (migration of this model's order).
        indexes = [BrinIndex(fields=["day"], name="usage_session_by_day", pages_per_range=16)]

    def __str__(self) -> str:
        return f"{self.end_user} from {self.started_at}"


class DroppedMonth(models.Model):
    """The raw events of a month (UTC's) are gone: roll-ups of its days are a record from now on
    and are never made anew."""

    month = models.DateField(unique=True, help_text="Its first day.")
    dropped_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
