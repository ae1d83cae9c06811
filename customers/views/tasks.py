"""Tasks: the list, one task, and what is done with them from any page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.models import Role
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers import owners, task_acts
from customers.actions import tasks as actions
from customers.actions.tasks import About
from customers.models import Customer, Task
from customers.task_forms import TaskForm, of_task
from customers.task_list import ANYBODY, MINE, STATES, Asked, tasks_of
from tenants.context import current_company

PAGE_SIZE = 50
_LARGEST_ID = 2**63 - 1


@requires(Permission.VIEW)
@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """Open tasks, the first due first; a manager's page begins with their own."""
    user, today = user_of(request), current_company().today()
    default = MINE if user.role == Role.MANAGER else ANYBODY
    asked = Asked.of(request.GET, user, default=default)
    owned = owners.owned_of({"owner": owners.ALL, **request.GET.dict()}, user)
    number = _number(request.GET.get("page", "")) or 1
    first = (min(number, 10_000) - 1) * PAGE_SIZE
    found = tasks_of(asked, user=user, owned=owned, today=today)[first : first + PAGE_SIZE + 1]
    rows = list(found)
    context = {
        "rows": rows[:PAGE_SIZE],
        "asked": asked,
        "states": [(key, _(label)) for key, label in STATES],
        "workers": actions.workers(),
        "owned": owned,
        "owner_choices": owners.choices(owned),
        "today": today,
        "previous_href": _page_href(request, number - 1) if number > 1 else "",
        "next_href": _page_href(request, number + 1) if len(rows) > PAGE_SIZE else "",
        "here": request.get_full_path(),
        "has_any": bool(rows) or Task.objects.exists(),
    }
    return render(request, "customers/tasks/list.html", context)


def _page_href(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{request.path}?{query.urlencode()}"


def _number(text: str) -> int:
    """An id or a page out of the query; 0 for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_ID))
    return int(text) if is_number and int(text) <= _LARGEST_ID else 0


@requires(Permission.WORK)
def task_new(request: HttpRequest) -> HttpResponse:
    """A task by hand or out of a row (`about`, "kind:key"); then back to `next`."""
    user = user_of(request)
    params = request.POST if request.method == "POST" else request.GET
    customer = _known(params.get("customer_id", "") or request.GET.get("customer", ""))
    about = params.get("about", "").replace("\0", "")
    initial = {
        "title": request.GET.get("title", "")[:300],
        "due_on": request.GET.get("due_on", "")[:10],
        "assignee": user.email,
    }
    form = TaskForm(request.POST or None, known=customer, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            task = actions.make(
                customer=customer or form.cleaned_data["customer"],
                by=user,
                about=About.of(about) if customer else None,
                **form.said(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Task made: {title}").format(title=task.title))
            return redirect(back_to(request, reverse("customers:task_list")))
    return _form_page(request, form, customer=customer, about=about)


def _known(text: str) -> Customer | None:
    number = _number(text.strip())
    return Customer.objects.filter(pk=number).first() if number else None


def _form_page(
    request: HttpRequest, form: TaskForm, *, customer: Customer | None = None, **more: Any
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    context = {
        "form": form,
        "customer": customer,
        "next": back_to(request, reverse("customers:task_list")),
        **more,
    }
    return render(request, "customers/tasks/form.html", context, status=status)


@requires(Permission.VIEW)
def task_edit(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task; who may work with customers changes it."""
    task = _find(task_id)
    user = user_of(request)
    if request.method == "POST" and not user.may_work:
        return render(request, "accounts/forbidden.html", status=403)
    form = of_task(task, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit(task=task, by=user, **form.said())
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The task is saved."))
            return redirect(back_to(request, reverse("customers:task_list")))
    return _form_page(
        request,
        form,
        customer=task.customer,
        task=task,
        today=current_company().today(),
        workers=actions.workers(),
        act_href=reverse("customers:task_act", args=[task.pk]),
        hidden=[("next", back_to(request, reverse("customers:task_list")))],
    )


def _find(task_id: int) -> Task:
    if task_id > _LARGEST_ID:
        task_id = 0
    return get_object_or_404(
        Task.objects.select_related("customer", "assignee", "done_by", "made_by"), pk=task_id
    )


def back_to(request: HttpRequest, default: str) -> str:
    """Where the page was come from: an address of this host, or `default`."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    wanted = wanted.replace("\0", "")[:2000]
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and urlsplit(wanted).path.startswith("/") else default


@requires(Permission.WORK)
@require_POST
def task_act(request: HttpRequest, task_id: int) -> HttpResponse:
    """Finish, reopen, snooze or hand over a task (`do`); then back to `next`."""
    back = back_to(request, reverse("customers:task_list"))
    return acted(request, lambda: _find(task_id), request.POST, back)


def acted(
    request: HttpRequest, find: Callable[[], Task], said: Mapping[str, Any], back: str
) -> HttpResponse:
    """Does to a task what `said` says, for any page that shows tasks. With htmx the row says what
    was done, and how to take it back; without, the page does, at the place that `back` names."""
    try:
        done = task_acts.act(find, said, by=user_of(request))
    except Refused as refusal:
        if _is_htmx(request):
            told = {"problem": refusal.message, "back": back}
            return render(request, "customers/tasks/_acted.html", told)
        messages.error(request, refusal.message)
        return redirect(back)
    if _is_htmx(request):
        shown = {"done": done, "task": done.task, "back": back}
        return render(request, "customers/tasks/_acted.html", shown)
    messages.success(request, done.words)
    return redirect(back)


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
