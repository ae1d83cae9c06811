"""The answers of all campaigns, the rules that read them, and tags by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.models import ContactRole
from customers.tables import CONTENT_TYPES, CSV, XLSX, Table, as_csv, as_xlsx
from surveys.actions import follow_ups, tags
from surveys.audience import attribute_values, languages
from surveys.models import Invitation, Kind, Sentiment, SentimentWord, Tag, reading_rules
from surveys.models.campaign import Language
from surveys.results import answers, segment_names
from surveys.results.answers import FilterError, Filters
from surveys.results.exports import MOST_IN_XLSX, of_answers, told_of
from surveys.results.rows import rows_of
from surveys.results.scores import value_label
from surveys.sentiment_words import WORDS
from surveys.word_rules import CLEARLY, REACH
from tenants.context import current_company

LEVELS = [
    ("low", gettext_noop("Low: detractor, dissatisfied, hard")),
    ("middle", gettext_noop("Middle: passive, neither")),
    ("high", gettext_noop("High: promoter, satisfied, easy")),
]


@requires(Permission.VIEW)
@require_safe
def comment_list(request: HttpRequest) -> HttpResponse:
    """Comments newest first, searched and narrowed."""
    known = answers.known_tags()
    problem = ""
    try:
        filters = Filters.of(request.GET)
        page = answers.page(filters, cursor=request.GET.get("cursor", ""))
    except FilterError as error:
        filters, page, problem = Filters(), answers.Page([], "", is_first=True), str(error)
    context: dict[str, Any] = {
        "rows": rows_of(page.rows, known),
        "all_tags": known.values(),
        "problem": problem,
        "filters": filters,
        "is_narrowed": filters.is_any or bool(problem),
        "next": page.next,
        "is_first": page.is_first,
        "kinds": Kind.choices,
        "levels": [(key, _(label)) for key, label in LEVELS],
        "sentiments": Sentiment.choices,
        "campaigns": answers.campaigns_answered()[:500],
        "segments": _segment_options(),
        "query": request.GET.urlencode(),
    }
    return render(request, "surveys/comment_list.html", context)


def _segment_options() -> list[tuple[str, list[tuple[str, str]]]]:
    """(label, [(value of the filter, label)]) of everything to narrow by."""
    names = segment_names()
    found = [
        (
            names[f"attribute.{key}"],
            [(f"attribute.{key}:{value}", value) for value in values],
        )
        for key, values in attribute_values(50)
        if f"attribute.{key}" in names
    ]
    found.append((names["role"], [(f"role:{key}", str(name)) for key, name in ContactRole.choices]))
    spoken = [(f"language:{one}", value_label("language", one)) for one in languages(50)]
    found.append((names["language"], spoken))
    return found


@requires(Permission.WORK)
@require_POST
def comment_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Everything that fits the filters of the query string, as a file; who took it is audited."""
    try:
        filters = Filters.of(request.GET)
    except FilterError as error:
        messages.error(request, str(error))
        return redirect("surveys:comment_list")
    if form == XLSX and _count_beyond(filters):
        messages.error(
            request,
            _("A workbook holds up to {most} answers here. Narrow them, or take CSV.").format(
                most=format_number(MOST_IN_XLSX)
            ),
        )
        return redirect(f"{reverse('surveys:comment_list')}?{request.GET.urlencode()}")
    detail = {"form": form, **told_of(request.GET)}
    audit.record(by=user_of(request), action="answers.exported", subject="answers", detail=detail)
    return file_of(of_answers(filters), form)


def _count_beyond(filters: Filters) -> bool:
    rows = answers.answers(filters).order_by()
    return rows[: MOST_IN_XLSX + 1].count() > MOST_IN_XLSX


def file_of(table: Table, form: str) -> HttpResponseBase:
    """A table as a download."""
    if form == XLSX:
        response: HttpResponseBase = HttpResponse(as_xlsx(table), content_type=CONTENT_TYPES[XLSX])
    else:
        # Excel takes a file for UTF-8 only with a mark.
        lines = chain(["\ufeff"], as_csv(table))
        response = StreamingHttpResponse(lines, content_type=CONTENT_TYPES[CSV])
    response["Content-Disposition"] = f'attachment; filename="{table.name}.{form}"'
    return response


@requires(Permission.WORK)
@require_POST
def answer_tags(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Give a tag by hand, or take one."""
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    tag = get_object_or_404(Tag, pk=_number(request.POST.get("tag", "")))
    is_taken = request.POST.get("do") == "take"
    _try(
        request,
        lambda: tags.mark(invitation=invitation, tag=tag, is_taken=is_taken, by=user_of(request)),
    )
    return redirect(f"{back_of(request)}#answer-{invitation.pk}")


def _number(text: str) -> int:
    """An id out of a form; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def back_of(request: HttpRequest) -> str:
    """The page of ours that the form stood on."""
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return back if is_ours else reverse("surveys:comment_list")


@requires(Permission.WORK)
@require_POST
def answer_follow_up(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Put any answer on the work list."""
    invitation = get_object_or_404(
        Invitation.objects.select_related("contact", "campaign"), pk=invitation_id
    )
    try:
        found = follow_ups.open_follow_up(invitation=invitation, by=user_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("surveys:comment_list")
    return redirect(found)


@requires(Permission.VIEW)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Which words make which tag and which sentiment."""
    own: dict[str, list[str]] = {meaning: [] for meaning in SentimentWord.Meaning.values}
    for word in SentimentWord.objects.order_by("phrase"):
        own[word.meaning].append(word.phrase)
    context = {
        "tags": [(tag, "\n".join(tag.phrases)) for tag in Tag.objects.order_by("name")],
        "meanings": [
            (key, label, "\n".join(own[key])) for key, label in SentimentWord.Meaning.choices
        ],
        "lists": [
            (Language(tag).label, tag, words.positive, words.negative, words.negations)
            for tag, words in WORDS.items()
        ],
        "reply_days": reading_rules().reply_days,
        "reach": REACH,
        "clearly": CLEARLY,
        "company_name": current_company().name,
    }
    return render(request, "surveys/rules.html", context)


@requires(Permission.ADMINISTER)
@require_POST
def tag_save(request: HttpRequest, tag_id: int | None = None) -> HttpResponse:
    """A new tag, or another name and other words of one."""
    tag = get_object_or_404(Tag, pk=tag_id) if tag_id is not None else None
    _try(
        request,
        lambda: tags.save_tag(
            name=request.POST.get("name", ""),
            phrases=request.POST.get("phrases", "").splitlines(),
            tag=tag,
            by=user_of(request),
        ),
        done=_("The tag is saved; all answers are read anew now."),
    )
    return redirect("surveys:rules")


@requires(Permission.ADMINISTER)
@require_POST
def tag_delete(request: HttpRequest, tag_id: int) -> HttpResponse:
    tag = get_object_or_404(Tag, pk=tag_id)
    tags.delete_tag(tag=tag, by=user_of(request))
    messages.success(request, _("The tag “{name}” is deleted.").format(name=tag.name))
    return redirect("surveys:rules")


@requires(Permission.ADMINISTER)
@require_POST
def words_save(request: HttpRequest) -> HttpResponse:
    """The company's words of one meaning."""
    _try(
        request,
        lambda: tags.save_words(
            meaning=request.POST.get("meaning", ""),
            phrases=request.POST.get("phrases", "").splitlines(),
            by=user_of(request),
        ),
        done=_("The words are saved; all answers are read anew now."),
    )
    return redirect("surveys:rules")


@requires(Permission.ADMINISTER)
@require_POST
def reply_days_save(request: HttpRequest) -> HttpResponse:
    days = _number(request.POST.get("reply_days", ""))
    _try(
        request,
        lambda: tags.set_reply_days(days=days, by=user_of(request)),
        done=_("Saved."),
    )
    return redirect("surveys:rules")


def _try(request: HttpRequest, action: Callable[[], object], done: str = "") -> None:
    """Do it, or say why not."""
    try:
        action()
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        if done:
            messages.success(request, done)
