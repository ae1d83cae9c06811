"""The work list of answers, and one follow-up with its notes and replies."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from surveys.actions import follow_ups as actions
from surveys.models import FollowUp, Response
from surveys.models.follow_up import NOTE_LENGTH, REPLY_LENGTH
from surveys.results import worklist
from surveys.results.answers import FilterError, known_tags, with_all
from surveys.results.exports import of_follow_ups
from surveys.results.figures import SERIES, level_words
from surveys.results.rows import row_of
from surveys.results.worklist import Narrowed
from surveys.views.comments import file_of
from surveys.views.paging import summary_of

PAGE = 50
STATE_NAMES = [
    ("unfinished", gettext_noop("Not closed")),
    ("overdue", gettext_noop("Overdue")),
    ("open", gettext_noop("Open")),
    ("in_progress", gettext_noop("In progress")),
    ("closed", gettext_noop("Closed")),
    ("all", gettext_noop("All")),
]


@requires(Permission.VIEW)
@require_safe
def follow_up_list(request: HttpRequest) -> HttpResponse:
    """What is to be done, longest waiting first."""
    user, problem = user_of(request), ""
    try:
        narrowed = Narrowed.of(request.GET, user)
    except FilterError as error:
        narrowed, problem = Narrowed(user=user), str(error)
    rows = worklist.follow_ups(narrowed)
    is_all = narrowed.state in ("all", "closed")
    order = ("-opened_at", "-pk") if is_all else ("opened_at", "pk")
    page = Paginator(rows.order_by(*order), PAGE).get_page(request.GET.get("page"))
    limit = worklist.overdue_before()
    context: dict[str, Any] = {
        "page": page,
        "page_summary": summary_of(page),
        "rows": [_row(row, limit) for row in page.object_list],
        "narrowed": narrowed,
        "problem": problem,
        "states": [(key, _(label)) for key, label in STATE_NAMES],
        "owners": _workers(),
        "replying": worklist.replying(),
        "has_any": bool(page.object_list) or FollowUp.objects.exists(),
        "query": request.GET.urlencode(),
    }
    return render(request, "surveys/follow_up_list.html", context)


def _row(row: Any, limit: dt.datetime) -> dict[str, Any]:
    campaign = row.invitation.campaign
    is_scored = row.score is not None
    return {
        "follow_up": row,
        "campaign": campaign,
        "contact": row.invitation.contact,
        "is_overdue": not row.is_closed and row.first_reply_at is None and row.opened_at < limit,
        "series": SERIES[campaign.level_of(row.score)] if is_scored else "passive",
        "level_words": level_words(campaign.kind, campaign.highest_score, row.score)
        if is_scored
        else "",
    }


def _workers() -> list[User]:
    """Who can own a follow-up. Costs a query."""
    return [user for user in User.objects.active().order_by("name", "email") if user.may_work]


@requires(Permission.WORK)
@require_POST
def follow_up_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The work list as a file; who took it is audited."""
    try:
        narrowed = Narrowed.of(request.GET, user_of(request))
    except FilterError as error:
        messages.error(request, str(error))
        return redirect("surveys:follow_up_list")
    audit.record(
        by=user_of(request),
        action="follow_ups.exported",
        subject="follow-ups",
        detail={"form": form},
    )
    return file_of(of_follow_ups(narrowed), form)


def _find(follow_up_id: int) -> FollowUp:
    return get_object_or_404(
        FollowUp.objects.select_related(
            "owner", "opened_by", "invitation__campaign", "invitation__contact__customer"
        ),
        pk=follow_up_id,
    )


@requires(Permission.VIEW)
@require_safe
def follow_up(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """One answer, what was done about it, and what can be."""
    return _page(request, _find(follow_up_id))


def _page(
    request: HttpRequest, found: FollowUp, *, text: str = "", status: int = 200
) -> HttpResponse:
    current = with_all(Response.objects.current()).filter(invitation=found.invitation_id).first()
    first_reply = worklist.seconds_to_first_reply(found)
    context = {
        "follow_up": found,
        "row": row_of(current, known_tags()) if current else None,
        "contact": found.invitation.contact,
        "campaign": found.invitation.campaign,
        "history": _history(found),
        "owners": _workers(),
        "outcomes": [(one.value, one.label) for one in actions.OUTCOMES],
        "unreachable": actions.why_unreachable(found.invitation),
        "once": uuid.uuid4(),
        "text": text,
        "note_length": NOTE_LENGTH,
        "reply_length": REPLY_LENGTH,
        "is_overdue": FollowUp.objects.filter(worklist.is_overdue(), pk=found.pk).exists(),
        "first_reply": worklist.duration(found.first_reply_at - found.opened_at)
        if found.first_reply_at and first_reply is not None
        else "",
    }
    return render(request, "surveys/follow_up.html", context, status=status)


def _history(found: FollowUp) -> list[dict[str, Any]]:
    """Notes and replies, oldest first."""
    rows: list[dict[str, Any]] = [
        {"kind": "note", "at": note.created_at, "by": note.by, "text": note.text}
        for note in found.notes.select_related("by")
    ]
    rows += [
        {"kind": "reply", "at": one.created_at, "by": one.by, "text": one.text, "reply": one}
        for one in found.replies.select_related("by")
    ]
    return sorted(rows, key=lambda row: row["at"])


@requires(Permission.WORK)
@require_POST
def follow_up_assign(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """To a user, or to nobody."""
    found = _find(follow_up_id)
    email = request.POST.get("owner", "").replace("\0", "")
    owner = get_object_or_404(User.objects.active(), email=email) if email else None
    return _done(
        request, found, lambda: actions.assign(follow_up=found, owner=owner, by=user_of(request))
    )


@requires(Permission.WORK)
@require_POST
def follow_up_state(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """Take it up, close it with its outcome, or open it again."""
    found, by = _find(follow_up_id), user_of(request)
    asked = request.POST.get("state", "")
    if asked == "closed":
        return _done(
            request,
            found,
            lambda: actions.close(
                follow_up=found,
                outcome=request.POST.get("outcome", ""),
                note=request.POST.get("note", ""),
                by=by,
            ),
        )
    if asked == "open":
        return _done(request, found, lambda: actions.reopen(follow_up=found, by=by))
    return _done(request, found, lambda: actions.take_up(follow_up=found, by=by))


@requires(Permission.WORK)
@require_POST
def follow_up_note(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    found = _find(follow_up_id)
    return _done(
        request,
        found,
        lambda: actions.add_note(
            follow_up=found, text=request.POST.get("text", ""), by=user_of(request)
        ),
    )


@requires(Permission.WORK)
@require_POST
def follow_up_reply(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """Write to the contact. What was typed stays on the page when it cannot be sent."""
    found = _find(follow_up_id)
    try:
        once = uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        once = uuid.uuid4()
    text = request.POST.get("text", "")
    try:
        actions.write_reply(follow_up=found, text=text, by=user_of(request), once=once)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _page(request, _find(follow_up_id), text=text, status=422)
    messages.success(request, _("The reply is on its way."))
    return redirect(found)


def _done(request: HttpRequest, found: FollowUp, action: Callable[[], object]) -> HttpResponse:
    """Do it, or say why not, and show the follow-up."""
    try:
        action()
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(found)
