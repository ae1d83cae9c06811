"""Goals: what a metric should be by when, and how far it is."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from metrics import trend
from metrics.actions.goals import remove, save_goal
from metrics.forms import GoalForm, initial_of
from metrics.freshness import freshness
from metrics.models import Goal
from metrics.progress import progress_of
from metrics.views.saving import GOAL, answer
from metrics.words import said


@requires(Permission.VIEW)
@require_safe
def goal_list(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    as_of = company.today()
    context = {
        "goals": progress_of(Goal.objects.all(), company=company, as_of=as_of),
        "method": said(trend.METHOD),
        "may_edit": has_permission(request.user, Permission.WORK),
        "as_of": as_of,
        "freshness": freshness(),
    }
    return render(request, "metrics/goals.html", context)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def goal_new(request: HttpRequest) -> HttpResponse:
    today = company_of(request).today()
    initial = {
        "begins_on": today,
        "due_on": dt.date(today.year, 12, 31)
        if today.month < 10
        else dt.date(today.year + 1, 12, 31),
        **{name: request.GET[name] for name in ("metric", "by", "segment") if name in request.GET},
    }
    form = GoalForm(request.POST or None, initial=initial)
    return _answer(request, form, None)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def goal_edit(request: HttpRequest, goal_id: int) -> HttpResponse:
    goal = get_object_or_404(Goal, pk=goal_id)
    return _answer(request, GoalForm(request.POST or None, initial=dict(initial_of(goal))), goal)


def _answer(request: HttpRequest, form: GoalForm, goal: Goal | None) -> HttpResponse:
    return answer(
        request,
        GOAL,
        form,
        goal,
        lambda values: save_goal(values=values, by=user_of(request), goal=goal),
    )


@requires(Permission.WORK)
@require_POST
def goal_removal(request: HttpRequest, goal_id: int) -> HttpResponse:
    remove(row=get_object_or_404(Goal, pk=goal_id), by=user_of(request))
    messages.success(request, _("Goal removed."))
    return redirect("metrics:goals")
