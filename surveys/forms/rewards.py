"""What people fill in about referrals and rewards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from customers.models import Contact, Customer
from surveys.actions.rewards import SETTLED
from surveys.models.referral import MESSAGE_LENGTH, WHAT_LENGTH


class RewardForm(forms.Form):
    """A reward for a customer, or for one of its contacts."""

    contact = forms.ModelChoiceField(
        queryset=Contact.objects.none(),
        label=gettext_lazy("Contact"),
        required=False,
        empty_label=gettext_lazy("The customer as a whole"),
    )
    what = forms.CharField(label=gettext_lazy("What"), max_length=WHAT_LENGTH)
    value = forms.DecimalField(
        label=gettext_lazy("Value"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=MESSAGE_LENGTH)

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        super().__init__(data)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Contact.objects.filter(customer=customer).order_by("name", "pk")


class SettleForm(forms.Form):
    """What became of a reward."""

    state = forms.ChoiceField(choices=[(one.value, one.label) for one in SETTLED])
    given_on = forms.DateField(required=False)
    note = forms.CharField(required=False, max_length=MESSAGE_LENGTH)


class ConversionForm(forms.Form):
    """Whether, and since when, who was referred is a customer, and which one."""

    converted_on = forms.DateField(required=False)
    customer = forms.CharField(required=False, max_length=200)
