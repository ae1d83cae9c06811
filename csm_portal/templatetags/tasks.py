"""Links that make a task out of a row of any page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.urls import reverse

register = template.Library()


@register.simple_tag(takes_context=True)
def new_task_href(
    context: Context,
    customer: Any = "",
    about: str = "",
    title: str = "",
    due_on: Any = "",
    come_back: str = "",
) -> str:
    """The address of the form for a new task, which comes back to `come_back` (default: the page it
    is on); empty where the user may not make one. Works in an include with `only`, too."""
    request = getattr(context, "request", None) or context.get("request")
    if request is None or not getattr(request.user, "may_work", False):
        return ""
    said = {
        "customer": customer,
        "about": about,
        "title": title,
        "due_on": due_on,
        "next": come_back or request.get_full_path(),
    }
    given = {name: str(value) for name, value in said.items() if value}
    return f"{reverse('customers:task_new')}?{urlencode(given)}"
