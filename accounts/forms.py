"""What people fill in on the pages of accounts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from django import forms
from django.contrib.auth.password_validation import (
    validate_password,
)
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, Scope, User
from accounts.notations import notation_of
from accounts.permissions import ROLES
from tenants import currencies, languages
from tenants.actions.settings import SETTINGS
from tenants.models import Company
from tenants.timezones import timezone_choices
from tenants.validators import password_help, validate_one_line

SAMPLE_DAY = dt.date(2025, 11, 22)
SAMPLE_NUMBER = Decimal("419206.80")


class OurWords:
    """allauth's forms with the words the rest of the portal uses, and no placeholders."""

    LABELS: ClassVar = {
        "login": gettext_lazy("E-mail"),
        "email": gettext_lazy("E-mail"),
        "remember": gettext_lazy("Keep me signed in"),
        "oldpassword": gettext_lazy("Current password"),
        "password": gettext_lazy("Password"),
        "password1": gettext_lazy("New password"),
        "password2": gettext_lazy("New password, again"),
    }
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = password_help()


class SignInForm(OurWords, LoginForm):  # type: ignore[misc]
    """The address may come from a link (`?email=`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request is not None and "login" not in self.initial:
            self.initial["login"] = self.request.GET.get("email", "")


class ForgottenPasswordForm(OurWords, ResetPasswordForm):  # type: ignore[misc]
    """Asks where to mail the link to."""


class NewPasswordByLinkForm(OurWords, ResetPasswordKeyForm):  # type: ignore[misc]
    """The password after following a reset link."""


class ChangeOwnPasswordForm(OurWords, ChangePasswordForm):  # type: ignore[misc]
    """The password of somebody signed in."""


class FirstPasswordForm(OurWords, SetPasswordForm):  # type: ignore[misc]
    """The password of somebody who has none yet."""


class NewAddressForm(OurWords, AddEmailForm):  # type: ignore[misc]
    """The address somebody wants to sign in with from now on."""

    LABELS = {"email": gettext_lazy("New e-mail")}


class IsItYouForm(OurWords, ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


def role_choices(user: User) -> list[tuple[str, str]]:
    """The roles this user may give: only owners make owners."""
    return [
        (role.key, role.label)
        for role in reversed(ROLES.values())
        if role.key != Role.OWNER or user.may_own
    ]


class InviteForm(forms.Form):
    """An address and the role it is to have."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.VIEWER)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = role_choices(by)


class RoleForm(forms.Form):
    """A role; whether the user may give it is the action's to say."""

    role = forms.ChoiceField(choices=Role.choices)


def own_or_ours(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", _("As the company's")), *choices]


def notation_choices() -> list[tuple[str, str]]:
    """Each with a day and an amount as it writes them."""
    found = [("", _("By the language"))]
    for tag, name in languages.notation_choices(languages.language()):
        here = notation_of(tag)
        sample = f"{here.day(SAMPLE_DAY)} · {here.number(SAMPLE_NUMBER, 2)}"
        found.append((tag, f"{name}: {sample}"))
    return found


class ProfileForm(forms.Form):
    """How a user is called here, and how the pages speak to them."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=150,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=lambda: own_or_ours(languages.language_choices()),
        help_text=gettext_lazy("Of the pages and of the mails to you."),
    )
    notation = forms.ChoiceField(
        label=gettext_lazy("Numbers, money and dates"), required=False, choices=notation_choices
    )


class AcceptInvitationForm(forms.Form):
    """How somebody who was invited joins."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=150,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password"].help_text = password_help()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        password = values.get("password")
        if password:
            person = User(email=self.email, name=values.get("name", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class CompanySettingsForm(forms.ModelForm[Company]):
    """The company's own settings; saving is accounts.actions.company's."""

    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=timezone_choices,
        help_text=gettext_lazy("Days and months begin and end here."),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=currencies.choices,
        help_text=gettext_lazy("Figures of several currencies are shown in this one."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=languages.language_choices,
        help_text=gettext_lazy("Of pages and mails, unless somebody chose another for themselves."),
    )
    notation = forms.ChoiceField(
        label=gettext_lazy("Numbers, money and dates"), required=False, choices=notation_choices
    )
    week_start = forms.TypedChoiceField(
        label=gettext_lazy("Weeks start on"), coerce=int, choices=list(WEEKDAYS.items())
    )

    class Meta:
        model = Company
        fields = list(SETTINGS)
        labels = {
            "name": gettext_lazy("Name"),
            "minimum_n": gettext_lazy("Minimum n"),
            "session_gap_minutes": gettext_lazy("Session gap, in minutes"),
            "raw_events_kept_days": gettext_lazy("Usage events are kept for, in days"),
        }
        help_texts = {
            "minimum_n": gettext_lazy("Values that rest on fewer customers or answers are greyed."),
            "session_gap_minutes": gettext_lazy("So long without a usage event ends a session."),
            "raw_events_kept_days": gettext_lazy(
                "Older ones are dropped month by month. What was made of them stays: how often"
                " each end user did what on each day, sessions, and items shown and clicked."
            ),
        }


class ApiKeyForm(forms.Form):
    """A name to know the key by, and what it may do."""

    READ_ONLY = Scope.READ.value
    READ_AND_WRITE = f"{Scope.READ.value},{Scope.WRITE.value}"
    STREAM = Scope.STREAM.value

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Where it is used, such as “Billing export”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("May"),
        choices=[
            (READ_ONLY, gettext_lazy("Read")),
            (READ_AND_WRITE, gettext_lazy("Read and write")),
            (STREAM, gettext_lazy("Send events, nothing else")),
        ],
        initial=READ_ONLY,
    )

    @property
    def scopes(self) -> list[str]:
        """The chosen scopes of a valid form."""
        return str(self.cleaned_data["scope"]).split(",")
