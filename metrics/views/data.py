"""The data: what is in order and what is not, beside imports, events and freshness."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import page_number, user_of
from customers.actions.locking import KindBusyError
from customers.models import Import, StreamProblem
from metrics.actions import quality as quality_actions
from metrics.freshness import freshness
from metrics.quality import checks
from metrics.quality.checks import Check
from metrics.quality.counting import Counted, ask, counted, rows_of

PAGE = 50
DIGITS = 20
"""More has no id."""
BUSY = gettext_noop("Something is being imported at the moment. Try again in a few minutes.")


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every check with its count, as they were counted last."""
    found = counted()
    times = [one.count.counted_at for one in found if one.count]
    counted_at = min(times, default=None)
    last = Import.objects.filter(state=Import.State.DONE).order_by("-finished_at").first()
    finished_at = last.finished_at if last else None
    context = {
        "counted": sorted(found, key=lambda one: -(one.count.found if one.count else 0)),
        "wrong": sum(1 for one in found if one.count and one.count.found),
        "counted_at": counted_at,
        "is_behind": bool(counted_at and finished_at and finished_at > counted_at),
        "freshness": freshness(),
        "last_import": last,
        "imports_open": Import.objects.filter(
            state__in=[Import.State.UPLOADED, Import.State.CHECKED, Import.State.FAILED]
        ).count(),
        "stream_problems": StreamProblem.objects.count(),
    }
    return render(request, "metrics/data/page.html", context)


def _check(key: str) -> tuple[Check, Counted]:
    check = checks.BY_KEY.get(key)
    if check is None:
        raise Http404
    return check, next(one for one in counted() if one.check is check)


@requires(Permission.VIEW)
@require_safe
def found(request: HttpRequest, key: str) -> HttpResponse:
    """The rows that a check found when it was counted, those of them that are still so."""
    check, kept = _check(key)
    ids = kept.count.ids if kept.count else []
    last = max((len(ids) - 1) // PAGE, 0)
    number = min(page_number(request, digits=5), last)
    rows = rows_of(check, ids[number * PAGE : (number + 1) * PAGE])
    context = {
        "check": check,
        "kept": kept,
        "rows": rows,
        "mended": len(ids[number * PAGE : (number + 1) * PAGE]) - len(rows),
        "is_cut": bool(kept.count and kept.count.found > len(ids)),
        "shown": len(ids),
        "fixes": _fixes(check),
        "may_tick": has_permission(request.user, Permission.ADMINISTER)
        if check.is_removable
        else bool(check.doing) and has_permission(request.user, Permission.WORK),
        "breadcrumbs": [
            {"label": _("Data"), "href": reverse("metrics:data")},
            {"label": _(check.title)},
        ],
        **_paging(number, last, len(ids)),
    }
    return render(request, "metrics/data/found.html", context)


def _fixes(check: Check) -> list[dict[str, str]]:
    return [
        {"label": _(fix.label), "href": reverse(fix.route) + (f"?{fix.query}" if fix.query else "")}
        for fix in check.fixes
    ]


def _paging(number: int, last: int, count: int) -> dict[str, Any]:
    first = number * PAGE + 1
    return {
        "previous_href": f"?{urlencode({'page': number})}" if number else "",
        "next_href": f"?{urlencode({'page': number + 2})}" if number < last else "",
        "summary": _("{first} to {last} of {count}").format(
            first=format_number(first),
            last=format_number(min(first + PAGE - 1, count)),
            count=format_number(count),
        )
        if last
        else "",
    }


@requires(Permission.WORK)
@require_POST
def count_again(request: HttpRequest) -> HttpResponse:
    """Have everything counted anew by a job."""
    ask()
    messages.info(request, _("Being counted anew; look again in a minute."))
    return redirect("metrics:data")


@requires(Permission.ADMINISTER)
@require_POST
def removal(request: HttpRequest, key: str) -> HttpResponse:
    """Remove the ticked rows of a check whose rows can be removed."""
    check, _count = _check(key)
    given = [one for one in request.POST.getlist("pick") if one.isascii() and one.isdigit()]
    picked = [int(one) for one in given if len(one) < DIGITS]
    try:
        removed = quality_actions.remove(
            check=check, ids=[one for one in picked if one < 2**63][:PAGE], by=user_of(request)
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    except KindBusyError:
        messages.error(request, _(BUSY))
    else:
        messages.success(request, _("Removed: {removed}.").format(removed=format_number(removed)))
    return redirect("metrics:data_found", key)
