"""Removing a customer: seeing what goes with it, doing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.actions.locking import KindBusyError
from customers.actions.merging import what_is_of
from customers.actions.removal import remove_customer
from customers.models import Customer

BUSY = gettext_noop("Something is being imported at the moment. Try again in a few minutes.")
SHOWN = 20


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What goes with it; a POST that names its id removes it for good."""
    customer = get_object_or_404(Customer, pk=customer_id)
    problem = ""
    if request.method == "POST":
        if request.POST.get("external_id", "").strip() != customer.external_id:
            problem = _("Type the id {id} to remove it; nothing was removed.").format(
                id=customer.external_id
            )
        else:
            try:
                remove_customer(customer=customer, by=user_of(request))
            except KindBusyError:
                problem = _(BUSY)
            else:
                messages.success(request, _("{name} is removed.").format(name=customer.name))
                return redirect("customers:list")
    context = {
        "customer": customer,
        "going": what_is_of(customer),
        "parts": customer.children.order_by("name", "pk")[:SHOWN],
        "problem": problem,
        "breadcrumbs": [
            {"label": _("Customers"), "href": reverse("customers:list")},
            {"label": customer.name, "href": customer.get_absolute_url()},
            {"label": _("Remove")},
        ],
    }
    return render(request, "customers/removal.html", context, status=409 if problem else 200)
