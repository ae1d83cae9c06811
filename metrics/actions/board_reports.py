"""Asking for board reports, making them, and removing them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.languages import speaking_to
from accounts.models import User
from metrics.models import BoardReport
from metrics.periods import Grain, advance, floor
from metrics.reports.board import SECTIONS, gather, render
from tenants.context import current_company
from tenants.jobs import enqueue
from tenants.locks import take_lock

MAKE = "metrics.board_report"
ATTEMPTS = 3
MOST_KEPT = 200
GRAINS = (Grain.MONTH, Grain.QUARTER)


@transaction.atomic
def ask_board_report(
    *, grain: str, start: dt.date, by: User | None, actor_label: str = ""
) -> BoardReport:
    """Have a report made by a job; the one that is being made of the period, if there is one.
    Raises Refused where there can be none."""
    if grain not in GRAINS:
        raise Refused(_("A board report is of a month or a quarter."), code="invalid_grain")
    whole = Grain(grain)
    if floor(start, whole) != start:
        words = (
            _("{day} is not the first day of a quarter.")
            if whole is Grain.QUARTER
            else _("{day} is not the first day of a month.")
        )
        raise Refused(words.format(day=start), code="invalid_start")
    if start > current_company().today():
        raise Refused(_("The period has not begun yet."), code="not_begun")
    take_lock(MAKE)
    # Two clicks ask for one.
    asked = BoardReport.objects.filter(grain=grain, start=start, state=BoardReport.State.ASKED)
    if (held := asked.first()) is not None:
        return held
    if BoardReport.objects.count() >= MOST_KEPT:
        raise Refused(
            _("{most_kept} reports are kept at most: remove one first.").format(
                most_kept=MOST_KEPT
            ),
            code="too_many_reports",
        )
    report = BoardReport.objects.create(
        grain=grain,
        start=start,
        end=advance(start, whole),
        steps=len(SECTIONS) + 1,
        made_by=by,
        made_by_label=actor_label or (by.name or by.email if by else audit.SYSTEM),
    )
    enqueue(MAKE, key=report.job_key, payload={"report_id": report.pk})
    audit.record(by=by, actor_label=actor_label, action="board_report.asked", subject=report)
    return report


def make(report_id: int) -> None:
    """The job's work; nothing for a report that is made or gone."""
    report = BoardReport.objects.filter(pk=report_id, state=BoardReport.State.ASKED).first()
    if report is None:
        return
    company, made_at = current_company(), timezone.now()
    as_of = company.today(made_at)
    # Asked anew meanwhile: what was gathered may hold what is not to be told any more.
    mine = BoardReport.objects.filter(
        pk=report_id, state=BoardReport.State.ASKED, asked_at=report.asked_at
    )
    with speaking_to(report.made_by, company):
        data = gather(
            report, company, as_of=as_of, made_at=made_at, tell=lambda done: _tell(report_id, done)
        )
    document = render(data, made_at=made_at)
    mine.update(
        state=BoardReport.State.MADE,
        made_at=made_at,
        as_of=as_of,
        file=document.content,
        size=len(document.content),
        pages=document.pages,
        done=report.steps,
    )


@transaction.atomic
def make_anew(report_ids: Sequence[int]) -> int:
    """Drop the files of these and have them made again, with what is known then; how many had one.
    Links to them show them again as soon as they are made. One that is being made begins anew."""
    reports = BoardReport.objects.defer("file").filter(pk__in=report_ids)
    rows = list(reports.select_for_update().order_by("pk"))
    for report in rows:
        enqueue(MAKE, key=report.job_key, payload={"report_id": report.pk})
    reports.update(
        state=BoardReport.State.ASKED,
        asked_at=timezone.now(),
        file=None,
        size=0,
        pages=0,
        done=0,
        made_at=None,
        as_of=None,
    )
    return sum(report.state == BoardReport.State.MADE for report in rows)


def _tell(report_id: int, done: int) -> None:
    BoardReport.objects.filter(pk=report_id).update(done=done)


def give_up(report_id: int) -> None:
    """What could not be made says so."""
    BoardReport.objects.filter(pk=report_id, state=BoardReport.State.ASKED).update(
        state=BoardReport.State.FAILED
    )


@transaction.atomic
def remove_board_report(*, report: BoardReport, by: User | None, actor_label: str = "") -> None:
    """The file is gone, and what links to it shows nothing any more."""
    audit.record(by=by, actor_label=actor_label, action="board_report.removed", subject=report)
    report.delete()
