"""What somebody fills in who was referred."""

from __future__ import annotations

from typing import Any

from django import forms

from surveys.models.referral import MESSAGE_LENGTH, NAME_LENGTH

EMAIL_LENGTH = 254


class ReferralForm(forms.Form):
    """Its errors are told in the page's language, by `problems`."""

    name = forms.CharField(max_length=NAME_LENGTH)
    company_name = forms.CharField(max_length=NAME_LENGTH, required=False)
    email = forms.EmailField(max_length=EMAIL_LENGTH)
    message = forms.CharField(max_length=MESSAGE_LENGTH, required=False)
    consent = forms.BooleanField()

    def codes(self) -> dict[str, str]:
        """{field: which of surveys.link_words says what is wrong}."""
        return {name: self._code(name) for name in self.errors}

    def _code(self, name: str) -> str:
        codes = {error.code for error in self.errors.as_data()[name]}
        if "max_length" in codes:
            return "too_long"
        return {"name": "needs_name", "email": "needs_email", "consent": "needs_consent"}.get(
            name, "too_long"
        )

    def posted(self) -> dict[str, Any]:
        """What was written, to be shown again."""
        return {name: self.data.get(name, "") for name in self.fields}
