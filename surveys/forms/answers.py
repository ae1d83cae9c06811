"""What comes in by an answer page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from surveys.content import Content, Type
from surveys.models import Campaign
from surveys.models.response import COMMENT_LENGTH

PREFIX = "q_"  # of a further question's field; ASKED names those that the page showed
ASKED = "asked"


class AnswerForm(forms.Form):
    """A part of an answer. Its errors are said in the contact's language, by the template."""

    comment = forms.CharField(max_length=COMMENT_LENGTH, required=False)
    seen = forms.IntegerField(required=False)

    def __init__(self, data: QueryDict, *, campaign: Campaign) -> None:
        super().__init__(data)
        self.fields["score"] = forms.IntegerField(
            min_value=campaign.lowest_score, max_value=campaign.highest_score, required=False
        )


def answers_in(data: QueryDict, content: Content) -> dict[str, Any]:
    """{question: what was posted for it}, for each that the page showed or that has a value."""
    types = {one.key: one.type for one in content.questions}
    posted = [name.removeprefix(PREFIX) for name in data if name.startswith(PREFIX)]
    return {
        key: data.getlist(PREFIX + key)
        if types.get(key) is Type.CHOICES
        else data.get(PREFIX + key, "")
        for key in dict.fromkeys([*data.getlist(ASKED), *posted])
    }
