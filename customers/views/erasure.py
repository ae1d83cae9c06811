"""Erasing a contact on request: what will go and what stays, a typed confirmation, progress."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.actions import erasure as erasing
from customers.actions.erasing_again import start_again
from customers.actions.locking import KindBusyError
from customers.models import Contact, Customer, Erasure

BUSY = gettext_noop("Contacts are being imported at the moment. Try again in a few minutes.")


class ErasureForm(forms.Form):
    """The address typed once more, and why."""

    address = forms.CharField(
        label=gettext_lazy("The contact's address, to be sure"), max_length=254
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=erasing.REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("Kept with the record of the erasure. Write no name here."),
    )

    def __init__(self, contact: Contact, data: Any = None) -> None:
        super().__init__(data)
        self._address = contact.email

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"]
        if typed.strip().lower() != self._address.lower():
            raise forms.ValidationError(_("This is not the contact's address."))
        return typed


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def erasure_new(request: HttpRequest, customer_id: int, contact_id: int) -> HttpResponse:
    """What it will do; POST does it."""
    contact = get_object_or_404(
        Contact.objects.present().select_related("customer"),
        pk=contact_id,
        customer_id=customer_id,
    )
    form = ErasureForm(contact, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            erasure = erasing.erase_contact(
                contact=contact, by=user_of(request), reason=form.cleaned_data["reason"]
            )
        except KindBusyError:
            form.add_error(None, _(BUSY))
        else:
            return redirect("customers:erasure_detail", erasure.pk)
    context = {
        "contact": contact,
        "customer": contact.customer,
        "plan": erasing.plan(contact=contact),
        "form": form,
        "breadcrumbs": _breadcrumbs(contact.customer, _("Erase a contact")),
    }
    return render(
        request, "customers/erasure_new.html", context, status=422 if form.errors else 200
    )


@requires(Permission.ADMINISTER)
@require_safe
def erasure_detail(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """How far it is, then what was found; the part that changes when asked for by the page."""
    erasure = get_object_or_404(Erasure.objects.select_related("requested_by"), pk=erasure_id)
    is_part = request.headers.get("HX-Target") == "erasure"
    template = "customers/erasure_progress.html" if is_part else "customers/erasure_detail.html"
    return render(request, template, _context(erasure, AgainForm()))


class AgainForm(forms.Form):
    """Who it was about: an erasure that stopped has forgotten it."""

    address = forms.CharField(label=gettext_lazy("The person's address"), max_length=254)
    ids = forms.CharField(
        label=gettext_lazy("Ids"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("All that the person was known by, with commas between them."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)


@requires(Permission.ADMINISTER)
@require_POST
def erasure_again(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Start an erasure that stopped again."""
    erasure = get_object_or_404(Erasure, pk=erasure_id)
    form = AgainForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            start_again(
                erasure=erasure,
                by=user_of(request),
                address=told["address"].strip(),
                ids=[one.strip() for one in told["ids"].split(",") if one.strip()],
                names=[told["name"].strip()] if told["name"].strip() else [],
            )
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return redirect("customers:erasure_detail", erasure.pk)
    return render(request, "customers/erasure_detail.html", _context(erasure, form), status=422)


def _context(erasure: Erasure, form: AgainForm) -> dict[str, Any]:
    contact = Contact.objects.select_related("customer").filter(pk=erasure.contact_id).first()
    told = erasing.progress(erasure)
    return {
        "erasure": erasure,
        "form": form,
        "customer": contact.customer if contact else None,
        "percent": round(100 * told[0] / told[1]) if told and told[1] else None,
        "breadcrumbs": _breadcrumbs(contact.customer if contact else None, _("Erasure")),
    }


def _breadcrumbs(customer: Customer | None, last: str) -> list[dict[str, str]]:
    first = [{"label": _("Customers"), "href": reverse("customers:list")}]
    if customer is not None:
        first.append({"label": customer.name, "href": customer.get_absolute_url()})
    return [*first, {"label": last}]
