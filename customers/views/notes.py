"""Writing, editing and removing notes about a customer, and saying that one was read."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actions.refusals import Refused
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.actions import notes as actions
from customers.models import Customer, Mention, Note
from customers.models.relations import TEXT_LENGTH
from customers.one import in_list, within
from customers.views.tasks import back_to

ANCHOR = "#notes"


@requires(Permission.WORK)
def note_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A note about the customer. What was typed stays on the page when it cannot be stored."""
    customer = get_object_or_404(Customer, pk=customer_id)
    text = request.POST.get("text", "")
    if request.method == "POST":
        try:
            actions.write(customer=customer, text=_with_named(request), by=user_of(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The note is kept."))
            return redirect(within(customer.get_absolute_url(), in_list(request)) + ANCHOR)
    return _page(request, customer, text, status=422 if request.method == "POST" else 200)


def _with_named(request: HttpRequest) -> str:
    """The text, with whoever was chosen beside it named at its end."""
    text = request.POST.get("text", "")
    chosen = request.POST.get("named", "").replace("\0", "").strip().lstrip("@")
    if not chosen or not text.strip() or f"@{chosen}".casefold() in text.casefold():
        return text
    return f"{text.rstrip()}\n@{chosen}"


def _page(
    request: HttpRequest,
    customer: Customer,
    text: str,
    *,
    note: Note | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "customer": customer,
        "note": note,
        "text": text,
        "length": TEXT_LENGTH,
        "people": User.objects.active().order_by("name", "email"),
        "nav_current": "customers",
    }
    return render(request, "customers/notes/form.html", context, status=status)


def _find(note: str) -> Note:
    """The current version."""
    found = Note.objects.current().select_related("customer", "source")
    if "\0" in note:
        raise Http404
    return get_object_or_404(found, external_id=note)


@requires(Permission.WORK)
def note_edit(request: HttpRequest, note: str) -> HttpResponse:
    """One's own note, as it is, or with another text."""
    found, user = _find(note), user_of(request)
    if not actions.is_own(found, user):
        raise Http404
    if request.method == "POST":
        try:
            actions.edit(note=found, text=_with_named(request), by=user)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return _page(
                request, found.customer, request.POST.get("text", ""), note=found, status=422
            )
        messages.success(request, _("The note is changed."))
        return redirect(found.customer.get_absolute_url() + ANCHOR)
    return _page(request, found.customer, found.text, note=found)


@requires(Permission.WORK)
@require_POST
def note_remove(request: HttpRequest, note: str) -> HttpResponse:
    found = _find(note)
    try:
        actions.remove(note=found, by=user_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The note is removed."))
    return redirect(found.customer.get_absolute_url() + ANCHOR)


@requires(Permission.VIEW)
@require_POST
def mention_read(request: HttpRequest, mention_id: int) -> HttpResponse:
    """The user has read what they were named in; then back to `next`."""
    user = user_of(request)
    found = get_object_or_404(Mention.objects.filter(user=user), pk=min(mention_id, 2**63 - 1))
    actions.mark_read(mention=found, by=user)
    return redirect(back_to(request, found.customer.get_absolute_url() + ANCHOR))
