"""Adding, changing and removing a contact by hand."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.actions.contacts import add_contact, change_contact, remove_contact
from customers.actions.facts import FieldProblem
from customers.actions.locking import KindBusyError
from customers.contact_forms import ContactForm
from customers.models import Contact, Customer
from customers.views.erasure import BUSY
from customers.views.tasks import back_to


def _contact(customer_id: int, contact_id: int) -> Contact:
    found = Contact.objects.present().select_related("customer", "source", "changed_by")
    return get_object_or_404(found, pk=contact_id, customer_id=customer_id)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Somebody at the customer; then back to `next`."""
    customer = get_object_or_404(Customer, pk=customer_id)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        values = form.cleaned_data
        _store(form, lambda: add_contact(customer=customer, values=values, by=user_of(request)))
        if not form.errors:
            who = values["name"] or values["email"]
            messages.success(request, _("{contact} is added.").format(contact=who))
            return redirect(_back(request, customer))
    return _page(request, form, customer)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: HttpRequest, customer_id: int, contact_id: int) -> HttpResponse:
    """What is known of a contact, to be changed; then back to `next`."""
    contact = _contact(customer_id, contact_id)
    form = ContactForm(request.POST if request.method == "POST" else None, contact=contact)
    if form.is_valid():
        values = form.cleaned_data
        _store(form, lambda: change_contact(contact=contact, values=values, by=user_of(request)))
        if not form.errors:
            messages.success(request, _("{contact} is saved.").format(contact=contact))
            return redirect(_back(request, contact.customer))
    return _page(request, form, contact.customer, contact)


def _store(form: ContactForm, store: Callable[[], list[FieldProblem]]) -> None:
    """Does it; what is wrong is said at the form's fields."""
    try:
        problems = store()
    except KindBusyError:
        form.add_error(None, _(BUSY))
        return
    for problem in problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)


@requires(Permission.WORK)
@require_POST
def contact_removal(request: HttpRequest, customer_id: int, contact_id: int) -> HttpResponse:
    contact = _contact(customer_id, contact_id)
    try:
        remove_contact(contact=contact, by=user_of(request))
    except KindBusyError:
        messages.error(request, _(BUSY))
        return redirect("customers:contact_edit", customer_id, contact_id)
    messages.success(request, _("{contact} is removed.").format(contact=contact))
    return redirect("customers:contacts", customer_id)


def _page(
    request: HttpRequest, form: ContactForm, customer: Customer, contact: Contact | None = None
) -> HttpResponse:
    contacts = reverse("customers:contacts", args=[customer.pk])
    context = {
        "form": form,
        "customer": customer,
        "contact": contact,
        "next": _back(request, customer),
        "breadcrumbs": [
            {"label": _("Customers"), "href": reverse("customers:list")},
            {"label": customer.name, "href": customer.get_absolute_url()},
            {"label": _("Contacts"), "href": contacts},
            {"label": str(contact) if contact else _("New contact")},
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "customers/contact_form.html", context, status=status)


def _back(request: HttpRequest, customer: Customer) -> str:
    return back_to(request, reverse("customers:contacts", args=[customer.pk]))
