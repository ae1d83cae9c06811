"""Merging a customer with another: choosing which, seeing what will happen, doing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.actions.locking import KindBusyError
from customers.actions.merging import attributes_of_both, merge_customers, what_would_move
from customers.models import Customer
from customers.models.customer import attribute_label

SHOWN = 20
BUSY = gettext_noop("Something is being imported at the moment. Try again in a few minutes.")


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Without `with`: a search for the other customer. With it: what will happen; POST does it."""
    keep = get_object_or_404(Customer, pk=customer_id)
    data = request.POST if request.method == "POST" else request.GET
    if not data.get("with"):
        return _choose(request, keep)
    if not data["with"].isdecimal() or len(data["with"]) > 18 or int(data["with"]) == keep.pk:
        raise Http404("There is no such other customer.")
    other = get_object_or_404(Customer, pk=int(data["with"]))
    problem = ""
    if request.method == "POST":
        try:
            merge_customers(keep=keep, merge=other, by=user_of(request))
        except Refused as refusal:
            problem = refusal.message
        except KindBusyError:
            problem = _(BUSY)
        else:
            messages.success(
                request,
                _("{merged} is now part of {kept}.").format(merged=other.name, kept=keep.name),
            )
            return redirect(keep)
    return _confirm(request, keep, other, problem)


def _choose(request: HttpRequest, keep: Customer) -> HttpResponse:
    words = " ".join(request.GET.get("q", "").replace("\0", "").split())[:200]
    found = Customer.objects.search(words).exclude(pk=keep.pk).order_by("name", "pk")
    context = {
        "keep": keep,
        "words": words,
        "found": found[:SHOWN] if words else [],
        "has_more": bool(words) and found.count() > SHOWN,
        "breadcrumbs": _breadcrumbs(keep),
    }
    return render(request, "customers/merge_choose.html", context)


def _confirm(request: HttpRequest, keep: Customer, other: Customer, problem: str) -> HttpResponse:
    winning, taken = attributes_of_both(keep=keep, merge=other)
    context = {
        "keep": keep,
        "other": other,
        "moving": what_would_move(keep=keep, merge=other),
        "winning": [attribute_label(key) for key in winning],
        "taken": [attribute_label(key) for key in taken],
        "problem": problem,
        "swap_href": f"{reverse('customers:merge', args=[other.pk])}?with={keep.pk}",
        "choose_href": reverse("customers:merge", args=[keep.pk]),
        "breadcrumbs": _breadcrumbs(keep),
    }
    return render(request, "customers/merge_confirm.html", context, status=409 if problem else 200)


def _breadcrumbs(customer: Customer) -> list[dict[str, str]]:
    return [
        {"label": _("Customers"), "href": reverse("customers:list")},
        {"label": customer.name, "href": customer.get_absolute_url()},
        {"label": _("Merge")},
    ]
