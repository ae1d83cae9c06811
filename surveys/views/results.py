"""One campaign: how far it is, and what was answered."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from surveys import results, timing
from surveys.content import Content
from surveys.models import Campaign, Response
from surveys.models.campaign import Language
from surveys.results.answers import known_tags, with_all
from surveys.results.figures import SERIES
from surveys.results.rows import rows_of
from surveys.texts import fill
from surveys.views.paging import summary_of
from tenants.context import current_company

PAGE = 50
TROUBLES_SHOWN = 100
State = Campaign.State
Stored = dict[str, Any] | None


class _Counted(Paginator[Response]):
    """Of rows whose number is known already."""

    def __init__(self, rows: QuerySet[Response], per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count


@requires(Permission.VIEW)
@require_safe
def campaign_detail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """State, progress, distribution, answers."""
    campaign = get_object_or_404(Campaign.objects.select_related("created_by"), pk=campaign_id)
    responses = with_all(results.responses_of(campaign))
    stored = results.stored_of(campaign)
    tally = results.tally_of(campaign, stored)
    is_comments = request.GET.get("show") != "all"
    shown = responses.exclude(comment="") if is_comments else responses
    count = tally.with_comment if is_comments else tally.total
    page = _Counted(shown, PAGE, count).get_page(request.GET.get("page"))
    tags = known_tags()
    context = {
        **_progress_context(campaign, tally, stored),
        **_results_context(campaign, tally, stored, request.GET.get("by", "")),
        "texts": _texts(campaign),
        "when": timing.in_words(campaign),
        "languages": [Language(tag).label for tag in Content.of(campaign).texts],
        "page": page,
        "page_summary": summary_of(page),
        "is_comments": is_comments,
        "answer_tabs": [
            {
                "label": _("With a comment"),
                "href": "?show=comments#answers",
                "is_current": is_comments,
                "count": tally.with_comment,
            },
            {
                "label": _("All answers"),
                "href": "?show=all#answers",
                "is_current": not is_comments,
                "count": tally.total,
            },
        ],
        "rows": rows_of(page.object_list, tags),
        "all_tags": tags.values(),
        "by_users": tally.by_users,
        "troubles": results.troubles_of(campaign)[:TROUBLES_SHOWN],
    }
    return render(request, "surveys/campaign_detail.html", context)


@requires(Permission.VIEW)
@require_safe
def campaign_progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The part of the page that changes while mails go out; asked for every two seconds."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    stored = results.stored_of(campaign)
    context = _progress_context(campaign, results.tally_of(campaign, stored), stored)
    response = render(request, "surveys/_progress.html", context)
    if campaign.state != State.RUNNING:
        response["HX-Refresh"] = "true"  # the buttons around it have changed, too
    return response


def _texts(campaign: Campaign) -> dict[str, str]:
    """What the campaign asks, with the company filled in; the contact differs from mail to mail."""
    company = current_company().name
    names = ("question", "follow_up", "thank_you")
    return {name: fill(getattr(campaign, name), company=company) for name in names}


def _progress_context(campaign: Campaign, tally: results.Tally, stored: Stored) -> dict[str, Any]:
    figure = tally.figure
    minimum_n = current_company().minimum_n
    return {
        "campaign": campaign,
        "tone": TONES[State(campaign.state)],
        "progress": results.progress_of(campaign, answered=figure.n, stored=stored),
        "figure": figure,
        "bars": _bars(campaign, figure),
        "is_small": figure.n < minimum_n,
        "minimum_n": minimum_n,
    }


def _results_context(
    campaign: Campaign, tally: results.Tally, stored: Stored, by: str
) -> dict[str, Any]:
    """What came of a campaign beyond its score. An unknown `by` is the first there is."""
    if campaign.is_editable:
        return {}
    names = results.segment_names()
    by = by if by in names else next(iter(names))
    grain = tally.grain
    funnel = results.funnel_of(campaign, stored)
    return {
        "grain": grain,
        "over_time": results.over_time(campaign, tally, grain),
        "over_time_subtitle": _("By month of the answer; the bar is the 95 % interval")
        if grain == results.scores.MONTH
        else _("By week of the answer; the bar is the 95 % interval"),
        "segment_names": names,
        "segment_name": names[by],
        "by": by,
        "segments": results.by_segment(campaign, by, stored),
        "funnel": funnel,
        "funnel_bars": [
            {
                "name": name,
                "count": count,
                "share": count / funnel.invited if count is not None and funnel.invited else None,
                "width": round(100 * (count or 0) / funnel.invited, 1) if funnel.invited else 0,
            }
            for name, count in funnel.steps
        ],
        "questions": results.questions_of(campaign, stored),
    }


TONES = {
    State.DRAFT: "neutral",
    State.SCHEDULED: "neutral",
    State.RUNNING: "accent",
    State.PAUSED: "warning",
    State.DONE: "good",
}


def _bars(campaign: Campaign, figure: results.Figure) -> list[dict[str, Any]]:
    """One bar per score, highest first; its width in per cent of the longest."""
    longest = max(figure.counts.values(), default=0)
    return [
        {
            "score": score,
            "count": count,
            "share": count / figure.n if figure.n else None,
            "width": round(100 * count / longest, 1) if longest else 0,
            "series": SERIES[campaign.level_of(score)],
        }
        for score in reversed(campaign.scores)
        for count in [figure.counts.get(score, 0)]
    ]
