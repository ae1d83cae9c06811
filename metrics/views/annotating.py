"""Annotations: what happened on a day, for whoever looks at a chart later."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from metrics import registry
from metrics.actions.annotations import remove_annotation, save_annotation
from metrics.forms import AnnotationForm, initial_of
from metrics.models import Annotation
from metrics.views.saving import ANNOTATION, answer


@requires(Permission.VIEW)
@require_safe
def annotation_list(request: HttpRequest) -> HttpResponse:
    names = {metric.key: metric.name for metric in registry.metrics()}
    context = {
        "annotations": [
            (row, names.get(row.metric, row.metric)) for row in Annotation.objects.all()
        ],
        "may_edit": has_permission(request.user, Permission.WORK),
    }
    return render(request, "metrics/annotations.html", context)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def annotation_new(request: HttpRequest) -> HttpResponse:
    said = {name: request.GET[name] for name in ("metric", "day") if name in request.GET}
    initial = {"day": company_of(request).today(), **said}
    return _answer(request, AnnotationForm(request.POST or None, initial=initial), None)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def annotation_edit(request: HttpRequest, annotation_id: int) -> HttpResponse:
    row = get_object_or_404(Annotation, pk=annotation_id)
    return _answer(
        request, AnnotationForm(request.POST or None, initial=dict(initial_of(row))), row
    )


def _answer(request: HttpRequest, form: AnnotationForm, row: Annotation | None) -> HttpResponse:
    return answer(
        request,
        ANNOTATION,
        form,
        row,
        lambda values: save_annotation(values=values, by=user_of(request), annotation=row),
    )


@requires(Permission.WORK)
@require_POST
def annotation_removal(request: HttpRequest, annotation_id: int) -> HttpResponse:
    row = get_object_or_404(Annotation, pk=annotation_id)
    remove_annotation(annotation=row, by=user_of(request))
    messages.success(request, _("Annotation removed."))
    return redirect("metrics:annotations")
