"""/api/v1/reports/ (board reports) and /api/v1/share-links/."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.refusals import Refused
from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.api.idempotency import TOLD_ONCE
from accounts.api.paging import NAMES, PARAMETERS, Paging
from accounts.permissions import Permission
from metrics.actions.board_reports import ask_board_report, remove_board_report
from metrics.actions.share_links import make_link, revoke_link
from metrics.api.downloads import FileView
from metrics.models import BoardReport, ShareLink
from metrics.reports.sharing import GRAINS, LONGEST_DAYS, SPANS
from tenants.links import company_url


class BoardReportShape(serializers.ModelSerializer[BoardReport]):
    end = serializers.DateField(help_text="The first day after.")
    made_by = serializers.CharField(source="made_by_label")

    class Meta:
        model = BoardReport
        fields = (
            *("id", "grain", "start", "end", "state", "done", "steps", "asked_at", "made_at"),
            *("as_of", "made_by", "size", "pages"),
        )


class BoardReportListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = BoardReportShape(many=True)


class BoardReportBody(serializers.Serializer[Any]):
    grain = serializers.ChoiceField(choices=BoardReport.Grain.choices)
    start = serializers.DateField(help_text="The first day of the month or quarter.")


class ShareLinkShape(serializers.ModelSerializer[ShareLink]):
    selection = serializers.JSONField(help_text="Of a metric: metric, grain, span, by.")
    report = serializers.IntegerField(source="report_id", allow_null=True)
    made_by = serializers.CharField(source="made_by_label")
    is_open = serializers.BooleanField(help_text="Neither ended nor revoked.")

    class Meta:
        model = ShareLink
        fields = (
            *("id", "name", "what", "selection", "report", "made_at", "made_by", "expires_at"),
            *("revoked_at", "is_open", "used_at", "uses"),
        )


class ShareLinkMadeShape(ShareLinkShape):
    url = serializers.URLField(help_text="Told this once: only a hash of it is kept.")

    class Meta(ShareLinkShape.Meta):
        fields = (*ShareLinkShape.Meta.fields, "url")  # type: ignore[assignment]


class ShareLinkListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = ShareLinkShape(many=True)


class ShareLinkBody(serializers.Serializer[Any]):
    """Of a metric `metric`, and if wanted `grain`, `span`, `by`; of a report `report`."""

    name = serializers.CharField(max_length=120)
    what = serializers.ChoiceField(choices=ShareLink.What.choices)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=30)
    metric = serializers.CharField(required=False)
    grain = serializers.ChoiceField(choices=[one.value for one in GRAINS], required=False)
    span = serializers.ChoiceField(choices=list(SPANS), required=False)
    by = serializers.CharField(required=False, allow_blank=True)
    report = serializers.IntegerField(required=False)


def _report(report_id: int) -> BoardReport:
    found = BoardReport.objects.defer("file").filter(pk=report_id).first()
    if found is None:
        raise Problem(404, "unknown_report", "There is no such report.")
    return found


class BoardReportsView(CompanyAPIView):
    """Board reports, newest first, and new ones, which a job makes."""

    required_scope = "read"

    @extend_schema(
        operation_id="board_reports", parameters=[*PARAMETERS], responses=BoardReportListShape
    )
    def get(self, request: Request) -> Response:
        refuse_others(request.query_params, NAMES)
        rows = BoardReport.objects.defer("file")
        page, following = Paging.of(request).rows(rows, newest_first=True)
        return Response({"next": following, "results": BoardReportShape(page, many=True).data})

    @extend_schema(
        operation_id="board_report_ask",
        request=BoardReportBody,
        responses={202: BoardReportShape},
    )
    def post(self, request: Request) -> Response:
        self.check_may(Permission.WORK)
        values = self.checked(BoardReportBody)
        try:
            report = ask_board_report(**values, **self.audit_actor)
        except Refused as refusal:
            raise Problem(400, refusal.code, refusal.message) from None
        return Response(BoardReportShape(report).data, status=202)


class BoardReportView(CompanyAPIView):
    """One board report: how far it is."""

    required_scope = "read"

    @extend_schema(operation_id="board_report", responses=BoardReportShape)
    def get(self, request: Request, report_id: int) -> Response:
        return Response(BoardReportShape(_report(report_id)).data)

    @extend_schema(operation_id="board_report_remove", responses={204: None})
    def delete(self, request: Request, report_id: int) -> Response:
        self.check_may(Permission.WORK)
        remove_board_report(report=_report(report_id), **self.audit_actor)
        return Response(status=204)


class BoardReportFileView(FileView):
    """The PDF."""

    @extend_schema(
        operation_id="board_report_file",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, report_id: int) -> HttpResponseBase:
        report = BoardReport.objects.filter(pk=report_id).first()
        if report is None:
            raise Problem(404, "unknown_report", "There is no such report.")
        if report.file is None:
            told = f"The report is {report.get_state_display()}."
            raise Problem(409, "report_not_made", told)
        answer = HttpResponse(bytes(report.file), content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="{report.file_name}"'
        return answer


class ShareLinksView(CompanyAPIView):
    """Links that show figures to outsiders, newest first, and new ones."""

    required_scope = "read"

    @extend_schema(
        operation_id="share_links", parameters=[*PARAMETERS], responses=ShareLinkListShape
    )
    def get(self, request: Request) -> Response:
        refuse_others(request.query_params, NAMES)
        page, following = Paging.of(request).rows(ShareLink.objects.all(), newest_first=True)
        return Response({"next": following, "results": ShareLinkShape(page, many=True).data})

    @extend_schema(
        operation_id="share_link_make",
        request=ShareLinkBody,
        responses={201: ShareLinkMadeShape},
    )
    def post(self, request: Request) -> Response:
        self.check_may(Permission.WORK)
        values = self.checked(ShareLinkBody)
        report = values.pop("report", None)
        said = {name: values.pop(name) for name in ("name", "what", "days")}
        try:
            link, token = make_link(
                **said,
                selection=values,
                report=_report(report) if report is not None else None,
                **self.audit_actor,
            )
        except Refused as refusal:
            raise Problem(400, refusal.code, refusal.message) from None
        except PermissionDenied as refusal:
            raise Problem(403, "role_too_small", str(refusal)) from None
        url = company_url(self.company, reverse("metrics:shared", args=[token]))
        answer = Response({**ShareLinkShape(link).data, "url": url}, status=201)
        setattr(answer, TOLD_ONCE, True)
        return answer


class ShareLinkView(CompanyAPIView):
    """One share link; DELETE revokes it, and it stays in the list."""

    required_scope = "read"

    def _link(self, link_id: int) -> ShareLink:
        found = ShareLink.objects.filter(pk=link_id).first()
        if found is None:
            raise Problem(404, "unknown_share_link", "There is no such link.")
        return found

    @extend_schema(operation_id="share_link", responses=ShareLinkShape)
    def get(self, request: Request, link_id: int) -> Response:
        return Response(ShareLinkShape(self._link(link_id)).data)

    @extend_schema(operation_id="share_link_revoke", responses={204: None})
    def delete(self, request: Request, link_id: int) -> Response:
        self.check_may(Permission.WORK)
        try:
            revoke_link(link=self._link(link_id), **self.audit_actor)
        except PermissionDenied as refusal:
            raise Problem(403, "role_too_small", str(refusal)) from None
        return Response(status=204)
