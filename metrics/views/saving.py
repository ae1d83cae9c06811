"""A form that makes or changes a row (a goal, a benchmark, an annotation) by an action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_noop

from metrics.forms import AnnotationForm, BenchmarkForm, GoalForm
from metrics.models import Annotation, Benchmark, Goal
from metrics.words import said_by_readers


@said_by_readers("name", "several", "new", "remove", "saved")
@dataclass(frozen=True, kw_only=True)
class Noun:
    """What is saved, in the words of its pages, the page of all of them, and the address that
    removes one."""

    name: str
    several: str
    new: str
    remove: str
    saved: str
    home: str
    removal: str


GOAL = Noun(
    name=gettext_noop("Goal"),
    several=gettext_noop("Goals"),
    new=gettext_noop("New goal"),
    remove=gettext_noop("Remove this goal"),
    saved=gettext_noop("Goal saved."),
    home="metrics:goals",
    removal="metrics:goal_removal",
)
ANNOTATION = Noun(
    name=gettext_noop("Annotation"),
    several=gettext_noop("Annotations"),
    new=gettext_noop("New annotation"),
    remove=gettext_noop("Remove this annotation"),
    saved=gettext_noop("Annotation saved."),
    home="metrics:annotations",
    removal="metrics:annotation_removal",
)
BENCHMARK = Noun(
    name=gettext_noop("Benchmark"),
    several=gettext_noop("Benchmarks"),
    new=gettext_noop("New benchmark"),
    remove=gettext_noop("Remove this benchmark"),
    saved=gettext_noop("Benchmark saved."),
    home="metrics:benchmarks",
    removal="metrics:benchmark_removal",
)


def answer(
    request: HttpRequest,
    noun: Noun,
    form: GoalForm | BenchmarkForm | AnnotationForm,
    row: Goal | Benchmark | Annotation | None,
    save: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    """The form, or after it was sent the page of all. `save` takes the form's values and raises
    ValidationError."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form.values())
        except ValidationError as error:
            take_errors(form, error)
        else:
            messages.success(request, noun.saved)
            return redirect(noun.home)
    context = {"form": form, "noun": noun, "row": row}
    return render(request, "metrics/row_form.html", context, status=422 if form.errors else 200)


def take_errors(form: forms.Form, error: ValidationError) -> None:
    """The errors of an action, each at its field of the form."""
    found: dict[str, Any] = getattr(error, "message_dict", None) or {"__all__": error.messages}
    for name, texts in found.items():
        form.add_error(name if name in form.fields else None, texts)
