"""Reports in one place, and board reports: asking, waiting, downloading, removing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from metrics.actions.board_reports import ask_board_report, remove_board_report
from metrics.actions.digests import choice_of
from metrics.models import BoardReport, DigestKind, ReportSettings, ShareLink
from metrics.periods import Grain, advance, floor
from metrics.pickers import read_day
from metrics.reports.sharing import about, may_share

SHOWN = 50
MONTHS, QUARTERS = 18, 8
NAMES = {Grain.MONTH: gettext_noop("Months"), Grain.QUARTER: gettext_noop("Quarters")}


@requires(Permission.VIEW)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The user's digests, the board reports there are, and the links to outsiders."""
    user = user_of(request)
    links = list(ShareLink.objects.select_related("report").defer("report__file")[:SHOWN])
    context = {
        "choices": [choice_of(user, kind) for kind in DigestKind],
        "reports": BoardReport.objects.defer("file")[:SHOWN],
        "periods": periods_of(company_of(request).today()),
        "links": [(link, about(link), link.is_open()) for link in links],
        "may_work": has_permission(user, Permission.WORK),
        "may_share": may_share(user),
        "managers_may_share": ReportSettings.held().managers_may_share,
        "may_administer": has_permission(user, Permission.ADMINISTER),
    }
    return render(request, "metrics/reports/index.html", context)


def periods_of(today: dt.date) -> list[tuple[str, list[tuple[str, str]]]]:
    """The periods to choose from, by grain: the last full one first, then the present one."""
    found = []
    for grain, count in ((Grain.MONTH, MONTHS), (Grain.QUARTER, QUARTERS)):
        this = floor(today, grain)
        starts = [advance(this, grain, -number) for number in range(1, count)]
        starts.insert(1, this)
        found.append((_(NAMES[grain]), [_choice(grain, start, this) for start in starts]))
    return found


def _choice(grain: Grain, start: dt.date, this: dt.date) -> tuple[str, str]:
    name = BoardReport(grain=grain.value, start=start, end=advance(start, grain)).name
    if start == this:
        name = _("{name} so far").format(name=name)
    return f"{grain}:{start}", name


@requires(Permission.WORK)
@require_POST
def board_report_new(request: HttpRequest) -> HttpResponse:
    """Have a report of the chosen period made."""
    grain, _colon, day = request.POST.get("period", "").partition(":")
    start = read_day(day)
    try:
        if start is None:
            raise Refused(_("Choose a month or a quarter."), code="invalid_start")
        report = ask_board_report(grain=grain, start=start, by=user_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("metrics:reports")
    return redirect("metrics:board_report", report.pk)


def _report(report_id: int) -> BoardReport:
    return get_object_or_404(BoardReport.objects.defer("file"), pk=report_id)


@requires(Permission.VIEW)
@require_safe
def board_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """How far a report is; when it is made, where it can be had."""
    user = user_of(request)
    report = _report(report_id)
    context: dict[str, Any] = {
        "report": report,
        "links": [(link, link.is_open()) for link in ShareLink.objects.filter(report_id=report.pk)],
        "may_work": has_permission(user, Permission.WORK),
        "may_share": may_share(user),
        "nav_current": "reports",
    }
    return render(request, "metrics/reports/board_report.html", context)


@requires(Permission.VIEW)
@require_safe
def board_report_progress(request: HttpRequest, report_id: int) -> HttpResponse:
    """The part of the page that asks again by itself; the page is to be loaded anew at the end."""
    report = _report(report_id)
    if report.state != BoardReport.State.ASKED:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "metrics/reports/_progress.html", {"report": report})


@requires(Permission.VIEW)
@require_safe
def board_report_file(request: HttpRequest, report_id: int) -> HttpResponse:
    report = get_object_or_404(BoardReport, pk=report_id)
    if report.file is None:
        raise Http404
    answer = HttpResponse(bytes(report.file), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{report.file_name}"'
    return answer


@requires(Permission.WORK)
@require_POST
def board_report_removal(request: HttpRequest, report_id: int) -> HttpResponse:
    remove_board_report(report=_report(report_id), by=user_of(request))
    messages.success(request, _("Removed, with its links."))
    return redirect("metrics:reports")
