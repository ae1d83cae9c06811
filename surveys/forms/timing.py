"""When a campaign asks, as people fill it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from surveys import timing
from surveys.models import Campaign, Event, Timing
from surveys.timing import TimingError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _number(label: StrOrPromise, help_text: StrOrPromise = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=0)


def _moment(label: StrOrPromise, help_text: StrOrPromise) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=help_text, required=False, widget=widget)


def _hour(label: StrOrPromise) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


class TimingForm(forms.Form):
    """Fields as timing.FIELDS; moments are by the company's clock."""

    timing = forms.ChoiceField(
        label=gettext_lazy("When are contacts asked"),
        choices=Timing.choices,
        widget=forms.RadioSelect,
    )
    every_days = _number(gettext_lazy("A contact is asked again after"))
    event = forms.ChoiceField(
        label=gettext_lazy("What happens"),
        choices=[("", gettext_lazy("Choose one")), *Event.choices],
        required=False,
    )
    event_name = forms.CharField(
        label=gettext_lazy("Which one"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The name of the milestone (empty: any) or of the usage event."),
    )
    days_before = _number(gettext_lazy("Before a renewal"))
    delay_hours = _number(gettext_lazy("Wait after it"))
    starts_at = _moment(
        gettext_lazy("Starts by itself"), gettext_lazy("Empty: when you press the button.")
    )
    ends_at = _moment(gettext_lazy("Ends"), gettext_lazy("Empty: it goes on until you end it."))
    send_from = _hour(gettext_lazy("Not before"))
    send_until = _hour(gettext_lazy("Not after"))
    is_weekdays_only = forms.BooleanField(label=gettext_lazy("On weekdays only"), required=False)
    spread_days = _number(gettext_lazy("Spread a round over"), gettext_lazy("1: all at once."))
    reminders = forms.TypedChoiceField(
        label=gettext_lazy("Reminders"),
        coerce=int,
        choices=[
            (0, pgettext_lazy("reminders", "None")),
            (1, gettext_lazy("One")),
            (2, gettext_lazy("Two")),
        ],
        help_text=gettext_lazy("Only to contacts who have not answered by then."),
    )
    reminder_days = _number(gettext_lazy("Remind after"))

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
            self.add_error("event", _("Choose what happens."))
            return values
        try:
            timing.checked(values, now=timezone.now())
        except TimingError as error:
            self.add_error(error.field, error.message)
        return values
