"""What comes in by an answer page."""

from __future__ import annotations

from django import forms

from surveys.models.response import COMMENT_LENGTH


class AnswerForm(forms.Form):
    """A part of an answer. Its errors are said in the campaign's language, by the template."""

    score = forms.IntegerField(min_value=0, max_value=10, required=False)
    comment = forms.CharField(max_length=COMMENT_LENGTH, required=False)
    seen = forms.IntegerField(required=False)
