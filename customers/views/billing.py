"""How billing is read: the settings page, with Stripe's endpoint."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from customers.models import BillingSettings, StripeEvent
from customers.webhooks import settings as actions
from tenants.links import company_url

SHOWN_EVENTS = 20
EVENTS = [
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "credit_note.created",
    "credit_note.voided",
]


class BillingForm(forms.Form):
    gap_days = forms.IntegerField(
        label=gettext_lazy("Days between two invoiced periods that are no gap"),
        min_value=0,
        max_value=BillingSettings.LONGEST_GAP,
        help_text=gettext_lazy(
            "A subscription that is billed again so many days later goes on at the old price in"
            " between. For files from now on."
        ),
    )
    is_making_customers = forms.BooleanField(
        label=gettext_lazy("Make customers that billing names and we do not know"),
        required=False,
    )


class StripeSecretForm(forms.Form):
    secret = forms.CharField(
        label=gettext_lazy("Signing secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Stripe shows it with the endpoint. It begins with whsec_ and is shown nowhere here."
        ),
    )

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"].strip()
        if not secret.startswith("whsec_") or not secret.isascii() or len(secret) < 12:
            raise forms.ValidationError(_("A signing secret begins with whsec_."))
        return secret


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def billing_settings(request: HttpRequest) -> HttpResponse:
    found = actions.endpoint_settings()
    initial = {"gap_days": found.gap_days, "is_making_customers": found.is_making_customers}
    form = BillingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_billing_settings(**form.cleaned_data, by=user_of(request))
        messages.success(request, _("Settings saved."))
        return redirect("customers:billing")
    return _page(request, form, StripeSecretForm())


@requires(Permission.ADMINISTER)
@require_POST
def stripe_secret(request: HttpRequest) -> HttpResponse:
    form = StripeSecretForm(request.POST)
    if not form.is_valid():
        found = actions.endpoint_settings()
        initial = {"gap_days": found.gap_days, "is_making_customers": found.is_making_customers}
        return _page(request, BillingForm(initial=initial), form)
    actions.store_stripe_secret(secret=form.cleaned_data["secret"], by=user_of(request))
    messages.success(request, _("Stripe's events are taken from now on."))
    return redirect("customers:billing")


@requires(Permission.ADMINISTER)
@require_POST
def stripe_removal(request: HttpRequest) -> HttpResponse:
    actions.remove_stripe_secret(by=user_of(request))
    messages.success(request, _("Stripe's events are not taken any more."))
    return redirect("customers:billing")


def _page(request: HttpRequest, form: BillingForm, secret_form: StripeSecretForm) -> HttpResponse:
    found = actions.endpoint_settings()
    path = reverse("customers:stripe_webhook", args=[found.stripe_token])
    context = {
        "nav_current": "settings",
        "settings_tab": "billing",
        "form": form,
        "secret_form": secret_form,
        "settings": found,
        "endpoint": company_url(company_of(request), path),
        "event_types": EVENTS,
        "events": StripeEvent.objects.defer("body", "state").order_by("-pk")[:SHOWN_EVENTS],
        "waiting": StripeEvent.objects.filter(applied_at=None).count(),
    }
    status = 422 if form.errors or secret_form.errors else 200
    return render(request, "customers/billing.html", context, status=status)
