"""Work that somebody is to do about a customer, and users named in notes."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from customers.models.customer import Customer

TITLE_LENGTH = 300
TEXT_LENGTH = 5000
ABOUT_KIND_LENGTH = 32
ABOUT_KEY_LENGTH = 200


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> TaskQuerySet:
        return self.filter(state=Task.State.OPEN)

    def waiting(self, day: dt.date) -> TaskQuerySet:
        """Open and to be looked at on the day: neither snoozed nor due later."""
        return self.open().filter(
            Q(snoozed_until=None) | Q(snoozed_until__lte=day), Q(due_on=None) | Q(due_on__lte=day)
        )

    def first_due_first(self) -> TaskQuerySet:
        """Those without a day last."""
        return self.order_by(F("due_on").asc(nulls_last=True), "pk")


class Task(models.Model):
    """Something to do about a customer, by hand or out of a row of a list.

    `about_kind` and `about_key` name what it was made of: `renewal` and the renewal's id, for
    instance. There is one open task about a thing at most; a list leaves a thing out whose task
    is done or waits for a later day. `snoozed_until` is the day it shows again.
    """

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        DONE = "done", gettext_lazy("Done")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=TITLE_LENGTH)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tasks",
    )
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    snoozed_until = models.DateField(null=True, blank=True)
    about_kind = models.CharField(max_length=ABOUT_KIND_LENGTH, blank=True)
    about_key = models.CharField(max_length=ABOUT_KEY_LENGTH, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "about_kind", "about_key"],
                condition=Q(state="open") & ~Q(about_kind=""),
                name="task_one_open_about",
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at=None, done_by=None)
                | Q(state="done", done_at__isnull=False),
                name="task_done_when",
            ),
            models.CheckConstraint(
                condition=Q(about_kind="", about_key="") | (~Q(about_kind="") & ~Q(about_key="")),
                name="task_about_whole",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="task_title_given"),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_on"], condition=Q(state="open"), name="task_to_do"
            ),
            models.Index(
                fields=["customer", "about_kind", "about_key"],
                condition=~Q(about_kind=""),
                name="task_about",
            ),
            models.Index(F("done_at").desc(), condition=Q(state="done"), name="task_done"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("customers:task_edit", args=[self.pk])

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def about(self) -> str:
        """ "kind:key", as addresses and the API write it; empty for a task by hand."""
        return f"{self.about_kind}:{self.about_key}" if self.about_kind else ""


class MentionQuerySet(models.QuerySet["Mention"]):
    def unread_by(self, user_id: int) -> MentionQuerySet:
        """Newest first."""
        return self.filter(user=user_id, is_named=True, read_at=None).order_by(
            "-mentioned_at", "-pk"
        )


class Mention(models.Model):
    """A user was named in a note (by `@`), in whatever version of it; `is_named`: in the present
    one.

    `mailed_at`: when the mail about it was taken; `read_at`: when they said they had read it.
    """

    note_external_id = models.CharField(
        max_length=200, help_text="The note, by what all its versions share."
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_named = models.BooleanField(default=True, db_default=True)
    mentioned_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note_external_id", "user"], name="mention_once"),
        ]
        indexes = [
            models.Index(
                fields=["user", "-mentioned_at"], condition=Q(read_at=None), name="mention_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"Mention of user {self.user_id} in {self.note_external_id}"
