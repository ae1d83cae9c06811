"""The form of a contact."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import global_settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.imports.fields import parse_email
from customers.imports.parsing import BadValue
from customers.models import Contact
from customers.models.customer import ContactRole
from tenants.context import current_company
from tenants.timezones import timezone_choices

Choices = list[tuple[str, str]]


class ContactForm(forms.Form):
    """What people say of a contact: the fields of the kind `contacts`, but for its customer. An id
    that is there is not asked for: files and programs know the person by it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("Surveys go there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    job_title = forms.CharField(
        label=gettext_lazy("Job title"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("What the person is at the customer, in its own words."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[("", gettext_lazy("Not said")), *ContactRole.choices],
        required=False,
        help_text=gettext_lazy("What the person is to you."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Surveys are asked in it where you wrote it."),
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Surveys come in its working hours."),
    )
    external_id = forms.CharField(
        label=gettext_lazy("Contact id"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Your own id for the person, by which files and programs know it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, contact: Contact | None = None) -> None:
        initial = {name: getattr(contact, name) or "" for name in self.base_fields if contact}
        super().__init__(data, initial=initial)
        if contact is not None and contact.external_id:
            del self.fields["external_id"]
        company = _("As your company: {zone}").format(zone=current_company().timezone)
        self._offer("language", [("", _("Not known")), *spoken_languages()])
        self._offer("timezone", [("", company), *timezone_choices()])

    def _offer(self, name: str, choices: Choices) -> None:
        """The choices, and what is held besides."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        held = self.initial.get(name, "")
        is_known = not held or held in dict(choices)
        field.choices = choices if is_known else [*choices, (held, held)]

    def clean_email(self) -> str:
        try:
            return parse_email(self.cleaned_data["email"])
        except BadValue as error:
            raise forms.ValidationError(error.message) from None


def spoken_languages() -> Choices:
    """Those that Django names, by their names in the language in force; ä as a."""
    named = [(code, f"{_(str(name))} ({code})") for code, name in global_settings.LANGUAGES]
    return sorted(named, key=lambda one: unicodedata.normalize("NFD", one[1]).casefold())
