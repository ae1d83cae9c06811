"""Who a campaign goes to."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.http import QueryDict

from customers.models import Contact
from surveys import audience

UNKNOWN_SHOWN = 5


class AudienceForm(forms.Form):
    """Who a campaign goes to."""

    who = forms.ChoiceField(
        label="Who is asked",
        choices=[
            (audience.ALL, "All contacts"),
            (audience.ATTRIBUTE, "Contacts of customers with an attribute"),
            (audience.PICKED, "Contacts I name"),
        ],
        widget=forms.RadioSelect,
        initial=audience.ALL,
    )
    attribute = forms.ChoiceField(
        label="Attribute, as it is today", error_messages={"required": "Choose which customers."}
    )
    addresses = forms.CharField(
        label="Their e-mail addresses",
        error_messages={"required": "Name at least one address."},
        help_text="One per line.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    not_asked_days = forms.IntegerField(
        label="Leave out who was asked in the last",
        min_value=0,
        max_value=3650,
        initial=90,
        help_text="By any campaign, at the same address. 0: do not look.",
    )

    def __init__(self, data: QueryDict | None, *, choice: audience.Choice) -> None:
        super().__init__(data, initial=self._initial(choice))
        groups = [
            (key, [(json.dumps([key, value]), f"{key}: {value}") for value in values])
            for key, values in audience.attribute_values()
        ]
        field = self.fields["attribute"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose one"), *groups]
        if data is not None:
            # Each is needed by one choice only, and shown with that one only.
            field.required = data.get("who") == audience.ATTRIBUTE
            self.fields["addresses"].required = data.get("who") == audience.PICKED

    @staticmethod
    def _initial(choice: audience.Choice) -> dict[str, Any]:
        picked = Contact.objects.filter(pk__in=choice.contacts).order_by("pk")
        return {
            "who": choice.who,
            "attribute": json.dumps([choice.attribute, next(iter(choice.values), "")])
            if choice.attribute
            else "",
            "addresses": "\n".join(contact.email for contact in picked),
            "not_asked_days": choice.not_asked_days,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("who") == audience.PICKED and "addresses" in cleaned:
            cleaned["contacts"] = self._contacts(cleaned["addresses"])
        return cleaned

    def _contacts(self, text: str) -> list[int]:
        """The contacts with these addresses; every one of several with the same address."""
        addresses = list(dict.fromkeys(word.lower() for word in text.replace(",", " ").split()))
        found = list(
            Contact.objects.annotate(address=Lower("email"))
            .filter(address__in=addresses)
            .order_by("pk")
            .values_list("pk", "address")
        )
        missing = sorted(set(addresses) - {address for _, address in found})
        if missing:
            self.add_error("addresses", _words_for(missing))
        return [pk for pk, _ in found]

    def choice(self) -> audience.Choice:
        """What was chosen; only when the form is valid."""
        data = self.cleaned_data
        key, value = "", ""
        if data["who"] == audience.ATTRIBUTE:
            key, value = json.loads(data["attribute"])
        return audience.Choice(
            who=data["who"],
            attribute=key,
            values=[value] if key else [],
            contacts=data.get("contacts", []),
            not_asked_days=data["not_asked_days"],
        )


def _words_for(missing: list[str]) -> str:
    """Which addresses are no contacts', and which of them cannot be addresses at all."""
    shown = ", ".join(missing[:UNKNOWN_SHOWN])
    more = f" and {len(missing) - UNKNOWN_SHOWN} more" if len(missing) > UNKNOWN_SHOWN else ""
    if all(_is_address(word) for word in missing):
        return f"No contact has: {shown}{more}."
    return f"These are no addresses of contacts: {shown}{more}."


def _is_address(word: str) -> bool:
    try:
        validate_email(word)
    except ValidationError:
        return False
    return True
