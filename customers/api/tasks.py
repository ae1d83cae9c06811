"""Tasks: /api/v1/tasks/."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.refusals import Refused
from accounts.api import paging
from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.models import User
from accounts.permissions import Permission
from customers.actions import tasks as actions
from customers.actions.tasks import About
from customers.models import Customer, Task
from customers.models.task import (
    ABOUT_KEY_LENGTH,
    ABOUT_KIND_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
)
from customers.task_list import STATES, Asked, tasks_of
from tenants.context import current_company

Json = dict[str, Any]
FILTERS = ("state", "assignee", "customer")


class TaskShape(serializers.Serializer[Any]):
    """A task. `about` is null where it was made by hand."""

    id = serializers.IntegerField()
    customer = serializers.CharField(help_text="The customer's id.")
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    assignee = serializers.EmailField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=Task.State.choices)
    snoozed_until = serializers.DateField(allow_null=True)
    about = serializers.CharField(allow_null=True, help_text="kind:key of the row it is about.")
    made_at = serializers.DateTimeField()
    made_by = serializers.EmailField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    done_by = serializers.EmailField(allow_null=True)


class TaskListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = TaskShape(many=True)


class TaskChangeBody(serializers.Serializer[Any]):
    """What is left out stays."""

    title = serializers.CharField(max_length=TITLE_LENGTH, required=False)
    text = serializers.CharField(max_length=TEXT_LENGTH, allow_blank=True, required=False)
    assignee = serializers.EmailField(
        allow_null=True, required=False, help_text="The address of a user; null: nobody."
    )
    due_on = serializers.DateField(allow_null=True, required=False)
    state = serializers.ChoiceField(choices=Task.State.choices, required=False)
    snoozed_until = serializers.DateField(
        allow_null=True, required=False, help_text="A day after today; null: not snoozed."
    )


class TaskBody(serializers.Serializer[Any]):
    """A task is made open; without an assignee it is nobody's yet."""

    customer = serializers.CharField(max_length=200)
    title = serializers.CharField(max_length=TITLE_LENGTH)
    text = serializers.CharField(max_length=TEXT_LENGTH, allow_blank=True, default="")
    assignee = serializers.EmailField(
        allow_null=True, default=None, help_text="The address of a user."
    )
    due_on = serializers.DateField(allow_null=True, default=None)
    about = serializers.CharField(
        max_length=ABOUT_KIND_LENGTH + 1 + ABOUT_KEY_LENGTH,
        allow_null=True,
        default=None,
        help_text="kind:key. Where a task about the same is open, that one is the answer.",
    )


def task_json(task: Task) -> Json:
    return {
        "id": task.pk,
        "customer": task.customer.external_id,
        "title": task.title,
        "text": task.text,
        "assignee": task.assignee.email if task.assignee else None,
        "due_on": task.due_on,
        "state": task.state,
        "snoozed_until": task.snoozed_until,
        "about": task.about or None,
        "made_at": task.made_at,
        "made_by": task.made_by.email if task.made_by else None,
        "done_at": task.done_at,
        "done_by": task.done_by.email if task.done_by else None,
    }


class TasksView(CompanyAPIView):
    """Tasks, in order of their number."""

    required_scope = "read"

    @extend_schema(
        operation_id="tasks",
        responses=TaskListShape,
        parameters=[
            OpenApiParameter(
                "state",
                str,
                enum=[key for key, _ in STATES],
                description="Default: all. `open` leaves out what is snoozed, `due` also what is"
                " due later.",
            ),
            OpenApiParameter(
                "assignee", str, description="A user's address, `me`, or `none`. Default: all."
            ),
            OpenApiParameter("customer", str, description="Only about the customer of this id."),
            *paging.PARAMETERS,
        ],
    )
    def get(self, request: Request) -> Response:
        params = request.query_params.dict()
        refuse_others(params, (*FILTERS, *paging.NAMES))
        asked = self._asked(params)
        today = current_company().today()
        found = tasks_of(asked, user=self.caller.user, today=today)
        rows, following = paging.Paging.of(request).rows(found)
        return Response({"next": following, "results": [task_json(row) for row in rows]})

    def _asked(self, params: dict[str, str]) -> Asked:
        state = params.get("state") or "all"
        if state not in dict(STATES):
            known = ", ".join(dict(STATES))
            raise Problem(400, "invalid_filter", f"state is one of {known}.", filter="state")
        if params.get("assignee") == "me" and self.caller.user is None:
            told = "me is somebody who is signed in; name an address."
            raise Problem(400, "invalid_filter", told, filter="assignee")
        customer = ""
        if params.get("customer"):
            customer = str(_customer(params["customer"]).pk)
        assignee = params.get("assignee", "")
        return Asked.of({"state": state, "assignee": assignee, "customer": customer}, None)

    @extend_schema(operation_id="task_make", request=TaskBody, responses={201: TaskShape})
    def post(self, request: Request) -> Response:
        self.check_may(Permission.WORK)
        said = self.checked(TaskBody)
        try:
            task = actions.make(
                customer=_customer(said["customer"]),
                title=said["title"],
                text=said["text"],
                assignee=_user(said["assignee"]),
                due_on=said["due_on"],
                about=About.of(said["about"] or ""),
                **self.audit_actor,
            )
        except Refused as refusal:
            raise Problem(400, refusal.code, refusal.message) from None
        return Response(task_json(_task(task.pk)), status=201)


def _customer(external_id: str) -> Customer:
    found = None if "\0" in external_id else Customer.objects.known_as(external_id)
    if found is None:
        raise Problem(400, "unknown_customer", f"There is no customer {external_id[:100]}.")
    return found


def _user(email: str | None) -> User | None:
    if not email:
        return None
    found = User.objects.active().filter(email=email.lower()).first()
    if found is None:
        raise Problem(400, "unknown_user", f"No user who may sign in has the address {email}.")
    return found


def _task(task_id: int) -> Task:
    tasks = Task.objects.select_related("customer", "assignee", "made_by", "done_by")
    found = tasks.filter(pk=task_id).first() if task_id < 2**63 else None
    if found is None:
        raise Problem(404, "unknown_task", "There is no such task.")
    return found


class TaskView(CompanyAPIView):
    """One task."""

    required_scope = "read"

    @extend_schema(operation_id="task", responses=TaskShape)
    def get(self, request: Request, task_id: int) -> Response:
        return Response(task_json(_task(task_id)))

    @extend_schema(operation_id="task_change", request=TaskChangeBody, responses=TaskShape)
    def patch(self, request: Request, task_id: int) -> Response:
        """Edit it, hand it over, snooze it, finish it or open it again: all or nothing."""
        self.check_may(Permission.WORK)
        task = _task(task_id)
        said = self.checked(TaskChangeBody, partial=True)
        try:
            with transaction.atomic():
                self._change(task, said)
        except Refused as refusal:
            raise Problem(409, refusal.code, refusal.message) from None
        return Response(task_json(_task(task_id)))

    def _change(self, task: Task, said: Json) -> None:
        actor = self.audit_actor
        if said.get("state") == Task.State.OPEN:
            task = actions.reopen(task=task, **actor)
        edited = {name: said[name] for name in ("title", "text", "due_on") if name in said}
        if edited:
            task = actions.edit(task=task, **edited, **actor)
        if "assignee" in said:
            task = actions.hand_over(task=task, to=_user(said["assignee"]), **actor)
        if "snoozed_until" in said:
            until: dt.date | None = said["snoozed_until"]
            task = actions.snooze(task=task, until=until, **actor)
        if said.get("state") == Task.State.DONE:
            actions.finish(task=task, **actor)


urlpatterns = [
    path("tasks/", TasksView.as_view(), name="tasks"),
    path("tasks/<int:task_id>/", TaskView.as_view(), name="task"),
]
