"""What came of campaigns, and the answers of all of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import audit
from accounts.api import paging
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.permissions import Permission
from surveys import results
from surveys.actions import tags
from surveys.api.campaigns import OneCampaignView
from surveys.api.refusing import refusals
from surveys.api.result_shapes import (
    AnswerListShape,
    AnswerShape,
    AnswerTagBody,
    CampaignResultsShape,
    SentimentWordListShape,
    SentimentWordsShape,
    TagListShape,
    TagShape,
    answer_json,
    funnel_json,
    question_json,
    row_json,
    score_json,
)
from surveys.models import Invitation, Kind, Sentiment, SentimentWord, Tag
from surveys.models import Response as Answer
from surveys.results import answers
from surveys.results.answers import FilterError, Filters, with_all
from surveys.results.exports import of_answers, told_of
from surveys.results.rows import rows_of
from surveys.scales import Level
from surveys.views.comments import file_of

FILTERS = [
    OpenApiParameter("q", str, description="Words that are all in the answer."),
    OpenApiParameter("kind", str, enum=Kind.values),
    OpenApiParameter("campaign", int),
    OpenApiParameter("level", str, enum=[level.value for level in Level]),
    OpenApiParameter("tag", int),
    OpenApiParameter("sentiment", str, enum=Sentiment.values),
    OpenApiParameter("since", OpenApiTypes.DATE, description="The first day."),
    OpenApiParameter("until", OpenApiTypes.DATE, description="The first day without."),
    OpenApiParameter(
        "segment", str, description="`attribute.<name>:<value>`, `role:`, `language:`"
    ),
    OpenApiParameter("customer", str, description="The customer's id."),
    OpenApiParameter("comment", str, enum=["yes", "no", "any"], description="Default: any."),
    OpenApiParameter("by_user", str, enum=["yes", "no"]),
]


def filters_of(request: Request) -> Filters:
    """Raises a problem on what cannot be asked, unknown names too."""
    known = {one.name for one in [*FILTERS, *paging.PARAMETERS]}
    for name in request.query_params:
        if name not in known:
            names = ", ".join(sorted(known))
            raise Problem(
                400, "unknown_filter", f"There is no filter {name[:100]!r}; there are {names}."
            )
    try:
        return Filters.of(request.query_params, comment="any")
    except FilterError as error:
        raise Problem(400, "invalid_filter", str(error), filter=error.name) from None


class CampaignResultsView(OneCampaignView):
    """Score with its interval, over time, by segment; the funnel; further questions."""

    @extend_schema(
        operation_id="campaign_results",
        responses=CampaignResultsShape,
        parameters=[
            OpenApiParameter("by", str, description="`attribute.<name>`, `language` or `role`."),
            OpenApiParameter("grain", str, enum=["week", "month"]),
        ],
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        by = request.query_params.get("by", "")
        names = results.segment_names() if by else {}
        if by and by not in names:
            raise Problem(400, "unknown_segment", f"by is one of {', '.join(names)}.")
        stored = results.stored_of(campaign)
        tally = results.tally_of(campaign, stored)
        grain = request.query_params.get("grain") or tally.grain
        if grain not in ("week", "month"):
            raise Problem(400, "unknown_grain", "grain is week or month.")
        figure = tally.figure
        segments = results.by_segment(campaign, by, stored) if by else results.Segments([], 0)
        return Response(
            {
                "kind": campaign.kind,
                "score": score_json(figure, is_small=figure.n < self.company.minimum_n),
                "grain": grain,
                "over_time": [
                    {**row_json(row), "start": row.start}
                    for row in results.over_time(campaign, tally, grain)
                ],
                "by": by or None,
                "segments": [
                    {**row_json(row), "segment": row.value or None} for row in segments.rows
                ],
                "others": segments.others,
                "funnel": funnel_json(results.funnel_of(campaign, stored)),
                "questions": [question_json(one) for one in results.questions_of(campaign, stored)],
            }
        )


class AnswersView(CompanyAPIView):
    """Current answers, newest first."""

    required_scope = "read"

    @extend_schema(
        operation_id="answers", responses=AnswerListShape, parameters=[*FILTERS, *paging.PARAMETERS]
    )
    def get(self, request: Request) -> Response:
        filters = filters_of(request)
        query = request._request.GET
        try:
            page = answers.page(filters, cursor=query.get("cursor", ""), size=paging.size_of(query))
        except FilterError as error:
            raise Problem(400, "invalid_filter", str(error), filter=error.name) from None
        following = None
        if page.next:
            params = query.copy()
            params["cursor"] = page.next
            following = request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
        rows = [answer_json(row) for row in rows_of(page.rows)]
        return Response({"next": following, "results": rows})


class AnswersFileView(CompanyAPIView):
    """All answers that fit as a CSV file; audited."""

    required_scope = "read"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="answers_file",
        parameters=FILTERS,
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponseBase:
        self.check_may(Permission.WORK)
        filters = filters_of(request)
        detail = {"form": "csv", **told_of(request.query_params)}
        audit.record(
            action="answers.exported", subject="answers", detail=detail, **self.audit_actor
        )
        return file_of(of_answers(filters), "csv")


class AnswerView(CompanyAPIView):
    """One answer."""

    required_scope = "read"

    def answer(self, answer_id: int) -> Answer:
        found = with_all(Answer.objects.current()).filter(invitation=answer_id).first()
        if found is None:
            raise Problem(404, "unknown_answer", "There is no such answer.")
        return found

    def shown(self, answer_id: int) -> Response:
        (row,) = rows_of([self.answer(answer_id)])
        return Response(answer_json(row))

    @extend_schema(operation_id="answer", responses=AnswerShape)
    def get(self, request: Request, answer_id: int) -> Response:
        return self.shown(answer_id)


class AnswerTagsView(AnswerView):
    """Gives an answer a tag by hand, or takes it away."""

    http_method_names = ["post", "options"]

    @extend_schema(operation_id="answer_tag", request=AnswerTagBody, responses=AnswerShape)
    def post(self, request: Request, answer_id: int) -> Response:
        self.check_may(Permission.WORK)
        invitation: Invitation = self.answer(answer_id).invitation
        said = self.checked(AnswerTagBody)
        tag = _tag(said["tag"])
        with refusals():
            tags.mark(invitation=invitation, tag=tag, is_taken=said["is_taken"], **self.audit_actor)
        return self.shown(answer_id)


def _tag(tag_id: int) -> Tag:
    found = Tag.objects.filter(pk=tag_id).first() if tag_id < 2**63 else None
    if found is None:
        raise Problem(404, "unknown_tag", "There is no such tag.")
    return found


def _tag_json(tag: Tag) -> dict[str, Any]:
    return {"id": tag.pk, "name": tag.name, "phrases": tag.phrases}


class TagsView(CompanyAPIView):
    """The company's tags, and new ones; a change reads all answers anew, by a job."""

    required_scope = "read"

    @extend_schema(operation_id="tags", responses=TagListShape)
    def get(self, request: Request) -> Response:
        rows = [_tag_json(tag) for tag in Tag.objects.order_by("name")]
        return Response({"next": None, "results": rows})

    @extend_schema(operation_id="tag_add", request=TagShape, responses={201: TagShape})
    def post(self, request: Request) -> Response:
        self.check_may(Permission.ADMINISTER)
        with refusals():
            tag = tags.save_tag(**self.checked(TagShape), **self.audit_actor)
        return Response(_tag_json(tag), status=201)


class TagView(CompanyAPIView):
    """One tag."""

    required_scope = "read"

    @extend_schema(operation_id="tag", responses=TagShape)
    def get(self, request: Request, tag_id: int) -> Response:
        return Response(_tag_json(_tag(tag_id)))

    @extend_schema(operation_id="tag_set", request=TagShape, responses=TagShape)
    def put(self, request: Request, tag_id: int) -> Response:
        self.check_may(Permission.ADMINISTER)
        tag = _tag(tag_id)
        with refusals():
            tag = tags.save_tag(tag=tag, **self.checked(TagShape), **self.audit_actor)
        return Response(_tag_json(tag))

    @extend_schema(operation_id="tag_remove", responses={204: None})
    def delete(self, request: Request, tag_id: int) -> Response:
        self.check_may(Permission.ADMINISTER)
        tags.delete_tag(tag=_tag(tag_id), **self.audit_actor)
        return Response(status=204)


class SentimentWordsView(CompanyAPIView):
    """The company's own words for and against; PUT sets all of one meaning."""

    required_scope = "read"

    @extend_schema(operation_id="sentiment_words", responses=SentimentWordListShape)
    def get(self, request: Request) -> Response:
        held: dict[str, list[str]] = {meaning: [] for meaning in SentimentWord.Meaning.values}
        for word in SentimentWord.objects.order_by("phrase"):
            held[word.meaning].append(word.phrase)
        rows = [{"meaning": meaning, "phrases": words} for meaning, words in held.items()]
        return Response({"next": None, "results": rows})

    @extend_schema(
        operation_id="sentiment_words_set",
        request=SentimentWordsShape,
        responses=SentimentWordsShape,
    )
    def put(self, request: Request) -> Response:
        self.check_may(Permission.ADMINISTER)
        said = self.checked(SentimentWordsShape)
        with refusals():
            words = tags.save_words(**said, **self.audit_actor)
        return Response({"meaning": said["meaning"], "phrases": [one.phrase for one in words]})
