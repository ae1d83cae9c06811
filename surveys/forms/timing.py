"""When a campaign asks, as people fill it in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from surveys import timing
from surveys.models import Campaign, Event, Timing
from surveys.timing import TimingError


def _number(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=0)


def _moment(label: str, help_text: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=help_text, required=False, widget=widget)


def _hour(label: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


class TimingForm(forms.Form):
    """Fields as timing.FIELDS; moments are by the company's clock."""

    timing = forms.ChoiceField(
        label="When are contacts asked", choices=Timing.choices, widget=forms.RadioSelect
    )
    every_days = _number("A contact is asked again after")
    event = forms.ChoiceField(
        label="What happens", choices=[("", "Choose one"), *Event.choices], required=False
    )
    event_name = forms.CharField(
        label="Which one",
        required=False,
        max_length=200,
        help_text="The name of the milestone (empty: any) or of the usage event.",
    )
    days_before = _number("Before a renewal")
    delay_hours = _number("Wait after it")
    starts_at = _moment("Starts by itself", "Empty: when you press the button.")
    ends_at = _moment("Ends", "Empty: it goes on until you end it.")
    send_from = _hour("Not before")
    send_until = _hour("Not after")
    is_weekdays_only = forms.BooleanField(label="On weekdays only", required=False)
    spread_days = _number("Spread a round over", "1: all at once.")
    reminders = forms.TypedChoiceField(
        label="Reminders",
        coerce=int,
        choices=[(0, "None"), (1, "One"), (2, "Two")],
        help_text="Only to contacts who have not answered by then.",
    )
    reminder_days = _number("Remind after")

    def __init__(self, data: QueryDict | None, *, campaign: Campaign) -> None:
        super().__init__(data, initial=timing.of_campaign(campaign))
        self._before = timing.of_campaign(campaign)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        values = {
            name: self._before[name]
            if value is None and isinstance(self.fields[name], forms.IntegerField)
            else value
            for name, value in cleaned.items()
        }
        if values["timing"] == Timing.EVENT and not values["event"]:
            self.add_error("event", "Choose what happens.")
            return values
        try:
            timing.checked(values, now=timezone.now())
        except TimingError as error:
            self.add_error(error.field, error.message)
        return values
