"""What people fill in about how the company asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.actions.rewards import TEXT_LENGTH
from surveys.actions.settings import FIELDS, MOST_DAYS
from surveys.link_words import LINK_WORDS
from surveys.models import ReferralSettings, SurveySettings
from surveys.referring import TEXT_NAMES, languages
from surveys.texts import fill
from surveys.wording import WORDINGS

_LABELS = {
    "offer": gettext_lazy("Beside the link, to the contact"),
    "welcome": gettext_lazy("On the link's page, to the person who opens it"),
    "reward": gettext_lazy("What the person who opens it gets, if anything"),
}


class SurveySettingsForm(forms.ModelForm[SurveySettings]):
    """Checked again, in words, by surveys.actions.settings."""

    class Meta:
        model = SurveySettings
        fields = FIELDS
        labels = {
            "from_name": gettext_lazy("From name"),
            "from_address": gettext_lazy("From address"),
            "contact_days": gettext_lazy("A contact gets at most one survey in"),
            "customer_most": gettext_lazy("A customer gets at most"),
            "customer_days": gettext_lazy("A customer's limit counts over"),
            "mails_per_hour": gettext_lazy("Mails an hour"),
        }
        help_texts = {
            "from_name": gettext_lazy(
                "What contacts see as the sender. Empty: the company's name."
            ),
            "from_address": gettext_lazy(
                "An address at a domain of yours. Answers to the mails go there, too."
                " Empty: the portal's address."
            ),
            "contact_days": gettext_lazy("Over all campaigns, at any customer. 0: no limit."),
            "customer_most": gettext_lazy("Surveys to all of its contacts together."),
            "customer_days": gettext_lazy("0: no limit."),
            "mails_per_hour": gettext_lazy("At most. Empty: as fast as the portal sends."),
        }

    def clean_contact_days(self) -> int:
        return self._within("contact_days")

    def clean_customer_days(self) -> int:
        return self._within("customer_days")

    def _within(self, name: str) -> int:
        """Said at the field, before the table's constraint would be, above the form."""
        days: int = self.cleaned_data[name]
        if days > MOST_DAYS:
            raise ValidationError(_("Up to {days} days.").format(days=MOST_DAYS))
        return days


class ReferralSettingsForm(forms.Form):
    """The switch, the rule, and three texts per language: `text-<language>-<name>`."""

    is_on = forms.BooleanField(
        label=gettext_lazy("Offer a referral link after an answer of high score"), required=False
    )
    reward_what = forms.CharField(
        label=gettext_lazy("Reward when a referral becomes a customer"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Promised to the advocate by itself. Empty: rewards are added by hand."
        ),
    )
    reward_value = forms.DecimalField(
        label=gettext_lazy("Its value"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
    )

    def __init__(self, data: Any, *, held: ReferralSettings) -> None:
        initial = {name: getattr(held, name) for name in ("is_on", "reward_what", "reward_value")}
        super().__init__(data, initial=initial)
        for language, _name in languages():
            for name in TEXT_NAMES:
                self.fields[f"text-{language}-{name}"] = forms.CharField(
                    label=_LABELS[name],
                    required=False,
                    max_length=TEXT_LENGTH,
                    initial=held.texts.get(language, {}).get(name, ""),
                    widget=forms.Textarea(
                        attrs={
                            "rows": 2,
                            "placeholder": _own_words(language, name),
                            "lang": language,
                            "dir": "auto",
                        }
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
            tag: {name: data[f"text-{tag}-{name}"] for name in TEXT_NAMES}
            for tag, _name in languages()
        }
        plain = {name: data[name] for name in ("is_on", "reward_what", "reward_value")}
        return {**plain, "texts": texts}


def _own_words(language: str, name: str) -> str:
    """What is said where the company says nothing."""
    if name == "offer":
        return fill(WORDINGS[language].refer_text)
    return LINK_WORDS[language].welcome if name == "welcome" else ""
