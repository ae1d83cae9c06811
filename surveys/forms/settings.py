"""What people fill in about how the company asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from surveys.actions.rewards import TEXT_LENGTH
from surveys.actions.settings import FIELDS, MOST_DAYS
from surveys.link_words import LINK_WORDS
from surveys.models import ReferralSettings, SurveySettings
from surveys.referring import TEXT_NAMES, languages
from surveys.texts import fill
from surveys.wording import WORDINGS

_LABELS = {
    "offer": "Beside the link, to the contact",
    "welcome": "On the link's page, to the person who opens it",
    "reward": "What the person who opens it gets, if anything",
}


class SurveySettingsForm(forms.ModelForm[SurveySettings]):
    """Checked again, in words, by surveys.actions.settings."""

    class Meta:
        model = SurveySettings
        fields = FIELDS
        labels = {
            "from_name": "From name",
            "from_address": "From address",
            "contact_days": "A contact gets at most one survey in",
            "customer_most": "A customer gets at most",
            "customer_days": "A customer's limit counts over",
            "mails_per_hour": "Mails an hour",
        }
        help_texts = {
            "from_name": "What contacts see as the sender. Empty: the company's name.",
            "from_address": "An address at a domain of yours. Answers to the mails go there, too."
            " Empty: the portal's address.",
            "contact_days": "Over all campaigns, at any customer. 0: no limit.",
            "customer_most": "Surveys to all of its contacts together.",
            "customer_days": "0: no limit.",
            "mails_per_hour": "At most. Empty: as fast as the portal sends.",
        }

    def clean_contact_days(self) -> int:
        return self._within("contact_days")

    def clean_customer_days(self) -> int:
        return self._within("customer_days")

    def _within(self, name: str) -> int:
        """Said at the field, before the table's constraint would be, above the form."""
        days: int = self.cleaned_data[name]
        if days > MOST_DAYS:
            raise ValidationError(f"Up to {MOST_DAYS} days.")
        return days


class ReferralSettingsForm(forms.Form):
    """The switch, the rule, and three texts per language: `text-<language>-<name>`."""

    is_on = forms.BooleanField(
        label="Offer a referral link after an answer of high score", required=False
    )
    reward_what = forms.CharField(
        label="Reward when a referral becomes a customer",
        required=False,
        max_length=200,
        help_text="Promised to the advocate by itself. Empty: rewards are added by hand.",
    )
    reward_value = forms.DecimalField(
        label="Its value", required=False, min_value=0, max_digits=12, decimal_places=2
    )

    def __init__(self, data: Any, *, held: ReferralSettings) -> None:
        initial = {name: getattr(held, name) for name in ("is_on", "reward_what", "reward_value")}
        super().__init__(data, initial=initial)
        for language, _ in languages():
            for name in TEXT_NAMES:
                self.fields[f"text-{language}-{name}"] = forms.CharField(
                    label=_LABELS[name],
                    required=False,
                    max_length=TEXT_LENGTH,
                    initial=held.texts.get(language, {}).get(name, ""),
                    widget=forms.Textarea(
                        attrs={"rows": 2, "placeholder": _own_words(language, name), "dir": "auto"}
                    ),
                )

    def by_language(self) -> list[dict[str, Any]]:
        """[{tag, name, fields, is_own}], for the page."""
        return [
            {
                "tag": tag,
                "name": name,
                "fields": [self[f"text-{tag}-{text}"] for text in TEXT_NAMES],
                "is_own": any(self[f"text-{tag}-{text}"].value() for text in TEXT_NAMES),
            }
            for tag, name in languages()
        ]

    def values(self) -> dict[str, Any]:
        """For change_referral_settings; only when the form is valid."""
        data = self.cleaned_data
        texts = {
            tag: {name: data[f"text-{tag}-{name}"] for name in TEXT_NAMES} for tag, _ in languages()
        }
        plain = {name: data[name] for name in ("is_on", "reward_what", "reward_value")}
        return {**plain, "texts": texts}


def _own_words(language: str, name: str) -> str:
    """What is said where the company says nothing."""
    if name == "offer":
        return fill(WORDINGS[language].refer_text)
    return LINK_WORDS[language].welcome if name == "welcome" else ""
