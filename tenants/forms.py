"""What people fill in on the public host."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import currencies
from tenants.models import SignUp
from tenants.reserved import LONGEST, slug_problem, suggest_slug
from tenants.timezones import timezone_choices
from tenants.validators import password_help, validate_one_line

LONGEST_PASSWORD = 1000


class SlugField(forms.CharField):
    """An address below the public host, refused with a proposal when it cannot be had."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Address"),
            max_length=LONGEST + 20,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "off",
                    "autocapitalize": "none",
                    "spellcheck": "false",
                    "inputmode": "url",
                }
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        slug = str(super().clean(value)).strip().lower()
        if not slug:
            return ""
        problem = slug_problem(slug)
        if problem:
            proposal = _("How about “{address}”?").format(address=suggest_slug(slug))
            raise forms.ValidationError(f"{problem} {proposal}", code="slug")
        return slug


class ConfirmForm(forms.Form):
    """The password chosen at sign-up; another address when the first choice went meanwhile."""

    slug = SlugField()
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=gettext_lazy("The one chosen when the company was started."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}, render_value=False),
    )


class SignUpForm(forms.Form):
    """Everything it takes to have a company."""

    company_name = forms.CharField(
        label=gettext_lazy("Company name"),
        max_length=200,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = SlugField(required=False)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=currencies.choices,
        help_text=gettext_lazy("Figures of several currencies are shown in this one."),
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=timezone_choices,
        initial="UTC",
        help_text=gettext_lazy("Days and months begin and end here."),
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        required=False,
        max_length=150,
        validators=[validate_one_line],
        help_text=gettext_lazy("Invitations and replies to customers are signed with it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"),
        max_length=254,
        help_text=gettext_lazy("You become the owner and sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_help()
        if not self.is_bound:
            self.fields["timezone"].widget.attrs["data-own-time-zone"] = True

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("company_name") and values.get("slug") == "":
            values["slug"] = suggest_slug(values["company_name"])
        if password := values.get("password"):
            person = SignUp(
                email=values.get("email", ""), company_name=values.get("company_name", "")
            )
            try:
                validate_password(password, person)  # type: ignore[arg-type]
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class FindCompanyForm(forms.Form):
    """The address somebody signs in with."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def host_suffix() -> str:
    """What follows the slug in a company's address: `.localhost:8000`."""
    return "." + settings.SITE_URL.split("://", 1)[1]
