"""Saying what a currency is worth, without a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from customers.actions.exchange_rates import set_rate
from customers.actions.locking import KindBusyError
from customers.models import ExchangeRate, Term
from customers.views.merging import BUSY
from customers.views.tasks import back_to
from tenants.currencies import choices


class RateForm(forms.Form):
    """What a currency is worth in another: `base`."""

    currency = forms.ChoiceField(label=gettext_lazy("1 unit of"))
    rate = forms.DecimalField(label=gettext_lazy("Is worth"), max_digits=24, decimal_places=12)
    day = forms.DateField(
        label=pgettext_lazy("exchange rate", "From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy(
            "It holds from this day until the next rate's; before the first rate, the first holds."
        ),
    )

    def __init__(
        self, data: QueryDict | None, *, base: str, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        others = [(group, [one for one in named if one[0] != base]) for group, named in choices()]
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a currency")), *others]


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_rate_new(request: HttpRequest) -> HttpResponse:
    """One rate to the company's currency."""
    company = company_of(request)
    if request.method != "POST":
        initial = {"currency": _unvalued(company.currency), "day": company.today()}
        return _page(request, RateForm(None, base=company.currency, initial=initial))
    form = RateForm(request.POST, base=company.currency)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        problems = set_rate(base=company.currency, by=user_of(request), **form.cleaned_data)
    except KindBusyError:
        form.add_error(None, _(BUSY))
        return _page(request, form, status=409)
    for problem in problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
    if problems:
        return _page(request, form, status=422)
    messages.success(request, _("The rate is kept. The figures follow within moments."))
    return redirect(_back(request))


def _unvalued(base: str) -> str:
    """The currency of most terms that has no rate and is not `base`; "" where there is none."""
    rated = ExchangeRate.objects.current()
    found = (
        Term.objects.filter(superseded_at=None)
        .exclude(currency=base)
        .exclude(currency__in=rated.filter(base=base).values("currency"))
        .exclude(currency__in=rated.filter(currency=base).values("base"))
        .values_list("currency")
        .annotate(terms=Count("pk"))
        .order_by("-terms", "currency")
        .first()
    )
    return found[0] if found else ""


def _back(request: HttpRequest) -> str:
    return back_to(request, _rates())


def _rates() -> str:
    return reverse("customers:fact_list", args=["exchange_rates"])


def _page(request: HttpRequest, form: RateForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "base": company_of(request).currency,
        "next": _back(request),
        "breadcrumbs": [
            {"label": _("Data"), "href": reverse("customers:import_list")},
            {"label": _("Exchange rates"), "href": _rates()},
            {"label": _("New exchange rate")},
        ],
    }
    return render(request, "customers/exchange_rate.html", context, status=status)
