"""Advocates: who brought in others, what became of it, and what they get for it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import page_number, user_of
from customers.actions.locking import KindBusyError
from customers.imports.defusing import defused
from customers.models import Customer, Referral
from surveys import advocates as reading
from surveys.actions.referrals import convert, erase_person
from surveys.actions.rewards import promise, settle
from surveys.forms.rewards import ConversionForm, RewardForm, SettleForm
from surveys.models import ReferredPerson, Reward, referral_settings
from tenants.context import current_company

PAGE = 50
MOST_SHOWN = 200


@requires(Permission.VIEW)
@require_safe
def advocates(request: HttpRequest) -> HttpResponse:
    number = page_number(request, digits=6)
    rows, totals = reading.advocates(limit=PAGE + 1, offset=number * PAGE)
    context = {
        "totals": totals,
        "rows": rows[:PAGE],
        "is_on": referral_settings().is_on,
        "previous_href": f"?page={number}" if number else "",
        "next_href": f"?page={number + 2}" if len(rows) > PAGE else "",
    }
    return render(request, "surveys/advocates.html", context)


@requires(Permission.VIEW)
@require_safe
def advocate(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What one customer brought in, and its rewards."""
    return _page(request, get_object_or_404(Customer, pk=customer_id))


def _page(request: HttpRequest, customer: Customer, form: RewardForm | None = None) -> HttpResponse:
    brought = reading.brought_by(customer, limit=MOST_SHOWN + 1)
    context: dict[str, Any] = {
        "customer": customer,
        "brought": brought[:MOST_SHOWN],
        "is_more": len(brought) > MOST_SHOWN,
        "most": MOST_SHOWN,
        "rewards": list(reading.rewards_of(customer)[:MOST_SHOWN]),
        "form": form or RewardForm(customer=customer),
        "today": current_company().today(),
        "breadcrumbs": [
            {"label": _("Surveys"), "href": reverse("surveys:campaign_list")},
            {"label": _("Advocates"), "href": reverse("surveys:advocates")},
            {"label": customer.name},
        ],
    }
    status = 422 if form is not None else 200
    return render(request, "surveys/advocate.html", context, status=status)


@requires(Permission.WORK)
@require_POST
def reward_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=customer_id)
    form = RewardForm(request.POST, customer=customer)
    if not form.is_valid():
        return _page(request, customer, form)
    data = form.cleaned_data
    try:
        promise(
            customer=customer,
            contact=data["contact"],
            what=data["what"],
            value=data["value"],
            note=data["note"],
            by=user_of(request),
        )
    except (Refused, ValidationError) as error:
        form.add_error(None, "; ".join(_words(error)))
        return _page(request, customer, form)
    messages.success(request, _("The reward is promised."))
    return redirect("surveys:advocate", customer.pk)


def _said_of(reward: Reward) -> str:
    words = {
        Reward.State.PROMISED: _("“{what}” is promised."),
        Reward.State.GIVEN: _("“{what}” is given."),
        Reward.State.REFUSED: _("“{what}” is refused."),
        Reward.State.WITHDRAWN: _("“{what}” is withdrawn."),
    }[Reward.State(reward.state)]
    return words.format(what=reward.what)


def _words(error: Refused | ValidationError) -> list[str]:
    return [error.message] if isinstance(error, Refused) else error.messages


@requires(Permission.WORK)
@require_POST
def reward_settle(request: HttpRequest, reward_id: int) -> HttpResponse:
    reward = get_object_or_404(Reward, pk=reward_id)
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what became of it, and write a day as 2025-12-31."))
        return redirect("surveys:advocate", reward.customer_id)
    try:
        settled = settle(
            reward=reward,
            state=form.cleaned_data["state"],
            given_on=form.cleaned_data["given_on"],
            by=user_of(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _said_of(settled))
    return redirect("surveys:advocate", reward.customer_id)


@requires(Permission.WORK)
@require_POST
def referral_convert(request: HttpRequest, referral_id: int) -> HttpResponse:
    referral = get_object_or_404(Referral.objects.current(), pk=referral_id)
    form = ConversionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write a day as 2025-12-31."))
        return redirect("surveys:advocate", referral.customer_id)
    on = form.cleaned_data["converted_on"]
    try:
        convert(
            referral=referral,
            customer=form.cleaned_data["customer"].strip(),
            on=on,
            by=user_of(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    except KindBusyError:
        messages.error(request, _("Referrals are being imported just now. Try again in a minute."))
    else:
        messages.success(
            request, _("Saved.") if on else _("It is no customer any more, or not yet.")
        )
    return redirect("surveys:advocate", referral.customer_id)


@requires(Permission.ADMINISTER)
@require_POST
def person_erase(request: HttpRequest, person_id: int) -> HttpResponse:
    person = get_object_or_404(ReferredPerson.objects.select_related("contact"), pk=person_id)
    erase_person(person=person, by=user_of(request))
    messages.success(request, _("Who was referred is erased; that somebody was stays counted."))
    return redirect("surveys:advocate", person.contact.customer_id)


@requires(Permission.WORK)
@require_POST
def advocates_export(request: HttpRequest) -> StreamingHttpResponse:
    """Referrals with their rewards as CSV. Who took it is kept: it names people."""
    company = current_company()
    audit.record(by=user_of(request), action="export.taken", subject="advocates")
    response = StreamingHttpResponse(_lines())
    response["Content-Type"] = "text/csv; charset=utf-8"
    name = f"{company.slug}-advocates-{company.today()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines() -> Iterator[str]:
    yield "\ufeff"  # Excel takes a file for UTF-8 only with a mark
    writer = csv.writer(_Echo())
    for row in reading.rows_of_export():
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else defused(str(value))
