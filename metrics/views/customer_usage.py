"""What one customer's people did of late."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from customers.models import Customer
from customers.one import head_of
from metrics.charts.legends import said_legend
from metrics.customer_use import DAYS, customer_use


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The last 90 days: people and sessions by day, and what they used most."""
    today = company_of(request).today()
    customer = get_object_or_404(Customer, pk=customer_id)
    found = customer_use(customer.pk, today=today)
    context = {
        **head_of(customer, current="usage", today=today, request=request),
        "found": found,
        "number_of_days": DAYS,
        "used": [one for one in reversed(found.days) if one.people or one.sessions],
    }
    if found.is_any:
        from metrics.charts.use import LEGEND, use  # Altair takes a second to import

        context |= {"spec": use(found.days), "legend": said_legend(LEGEND)}
    return render(request, "metrics/customer_usage.html", context)
