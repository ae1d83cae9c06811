"""What people fill in on the pages of accounts."""

from __future__ import annotations

import calendar
import zoneinfo
from functools import lru_cache
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
    password_validators_help_texts,
    validate_password,
)

from accounts import currencies
from accounts.models import Role, Scope, User
from accounts.permissions import ROLES
from tenants.actions.settings import SETTINGS
from tenants.models import Company
from tenants.validators import validate_one_line


class OurWords:
    """allauth's forms with the words the rest of the portal uses, and no placeholders."""

    LABELS: ClassVar = {
        "login": "E-mail",
        "email": "E-mail",
        "remember": "Keep me signed in",
        "oldpassword": "Current password",
        "password": "Password",
        "password1": "New password",
        "password2": "New password, again",
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

    LABELS = {"email": "New e-mail"}


class IsItYouForm(OurWords, ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


def password_help() -> str:
    """The one rule people need beforehand; the others speak up when they are broken."""
    return next(text for text in password_validators_help_texts() if "at least" in text)


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
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    role = forms.ChoiceField(initial=Role.VIEWER)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = role_choices(by)


class RoleForm(forms.Form):
    """A role; whether the user may give it is the action's to say."""

    role = forms.ChoiceField(choices=Role.choices)


class ProfileForm(forms.Form):
    """How a user is called here."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class AcceptInvitationForm(forms.Form):
    """How somebody who was invited joins."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
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


@lru_cache(maxsize=1)
def timezone_choices() -> list[tuple[str, str]]:
    """Every place name of the time zone database, without its legacy spellings."""
    names = (name for name in zoneinfo.available_timezones() if "/" in name)
    places = sorted(name for name in names if not name.startswith(("Etc/", "posix/", "right/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class CompanySettingsForm(forms.ModelForm[Company]):
    """The company's own settings; saving is accounts.actions.company's."""

    timezone = forms.ChoiceField(
        label="Time zone",
        choices=timezone_choices,
        help_text="Days and months begin and end here.",
    )
    currency = forms.ChoiceField(
        choices=currencies.choices, help_text="Figures of several currencies are shown in this one."
    )
    week_start = forms.TypedChoiceField(
        label="Weeks start on", coerce=int, choices=list(enumerate(calendar.day_name))
    )

    class Meta:
        model = Company
        fields = list(SETTINGS)
        labels = {
            "minimum_n": "Minimum n",
            "session_gap_minutes": "Session gap, in minutes",
            "raw_events_kept_days": "Usage events are kept for, in days",
        }
        help_texts = {
            "minimum_n": "Values that rest on fewer customers or answers are greyed.",
            "session_gap_minutes": "So long without a usage event ends a session.",
            "raw_events_kept_days": (
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
        max_length=100,
        help_text="Where it is used, such as “Billing export”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label="May",
        choices=[
            (READ_ONLY, "Read"),
            (READ_AND_WRITE, "Read and write"),
            (STREAM, "Send events, nothing else"),
        ],
        initial=READ_ONLY,
    )

    @property
    def scopes(self) -> list[str]:
        """The chosen scopes of a valid form."""
        return str(self.cleaned_data["scope"]).split(",")
