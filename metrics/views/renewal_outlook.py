"""What was expected to renew, and what came."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from metrics.charts.legends import said_legend
from metrics.models import RenewalHistory
from metrics.periods import DAY, Grain, advance, floor
from metrics.renewals.keeping import LEAD_DAYS, kept
from metrics.renewals.listing import Listing
from metrics.renewals.outlook import latest_year, outlook_of, rates_of, said_and_came
from metrics.views.renewals import BANDS, tabs

AHEAD = 6


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The next months' forecast, the rates it rests on, and the last year's beside what came."""
    company = company_of(request)
    today, minimum = company.today(), company.minimum_n
    month = floor(today, Grain.MONTH)
    gone = kept()
    listing = Listing(company, today, month, advance(month, Grain.MONTH, AHEAD))
    ahead = [(one, outlook_of(one.cells, gone, minimum=minimum)) for one in listing.months()]
    said = said_and_came(gone or [], minimum=minimum, last=month)
    rates = rates_of(latest_year(gone or []), [band for band, _ in BANDS], minimum=minimum)
    known = [one for one in said if one.outlook is not None]
    context: dict[str, Any] = {
        "held": RenewalHistory.objects.first(),
        "ahead_rows": [
            (
                {"start": one.start, "last_day": one.end - DAY, "due": one.of().mrr},
                outlook,
            )
            for one, outlook in ahead
        ],
        "said": said,
        "known": len(known),
        "within": sum(one.is_within for one in known),
        "sum_said": sum(one.outlook.value for one in known if one.outlook),
        "sum_came": sum(one.came for one in known),
        "rates": [(label, rates[band]) for band, label in BANDS if band in rates],
        "currency": listing.currency.code or "",
        "no_money": listing.currency.why,
        "lead_days": LEAD_DAYS,
        "tabs": tabs("outlook"),
        "today": today,
        "api_url": request.build_absolute_uri(reverse("api:renewals_outlook")),
    }
    if gone or any(outlook and one.of().mrr for one, outlook in ahead):
        from metrics.charts.renewals import LEGEND, drawn  # Altair takes a second to import

        context |= {"spec": drawn(said, ahead), "legend": said_legend(LEGEND)}
    return render(request, "metrics/renewal_outlook.html", context)
