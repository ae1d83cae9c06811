"""A form that makes or changes a row (a goal, a benchmark) by an action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from metrics.forms import BenchmarkForm, GoalForm
from metrics.models import Benchmark, Goal


@dataclass(frozen=True)
class Noun:
    """What is saved: its name, the page of all of them, and the address that removes one."""

    name: str
    home: str
    removal: str


GOAL = Noun("goal", "metrics:goals", "metrics:goal_removal")
BENCHMARK = Noun("benchmark", "metrics:benchmarks", "metrics:benchmark_removal")


def answer(
    request: HttpRequest,
    noun: Noun,
    form: GoalForm | BenchmarkForm,
    row: Goal | Benchmark | None,
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
            messages.success(request, f"{noun.name.capitalize()} saved.")
            return redirect(noun.home)
    context = {"form": form, "noun": noun, "row": row}
    return render(request, "metrics/row_form.html", context, status=422 if form.errors else 200)


def take_errors(form: forms.Form, error: ValidationError) -> None:
    """The errors of an action, each at its field of the form."""
    found: dict[str, Any] = getattr(error, "message_dict", None) or {"__all__": error.messages}
    for name, texts in found.items():
        form.add_error(name if name in form.fields else None, texts)
