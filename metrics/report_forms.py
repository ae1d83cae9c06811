"""What people fill in about digests, board reports and share links."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formatting import format_day
from metrics import dimensions, registry
from metrics.models import BoardReport, DigestKind, ShareLink
from metrics.part_names import split_label
from metrics.reports.sharing import GRAINS, LONGEST_DAYS, SPANS
from tenants.timezones import timezone_choices

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
LAST_DAY = 28
MOST_REPORTS = 100
IN = {
    "week": gettext_lazy("weeks"),
    "month": gettext_lazy("months"),
    "quarter": gettext_lazy("quarters"),
}


class DigestForm(forms.Form):
    """When a user wants a kind of digest."""

    is_on = forms.BooleanField(label=gettext_lazy("Send it to me"), required=False)
    day = forms.TypedChoiceField(label=gettext_lazy("Day"), coerce=int)
    hour = forms.TypedChoiceField(coerce=int, choices=HOURS, label=gettext_lazy("At"))
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    def __init__(self, *args: Any, kind: str, company_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": kind})
        day, zone = self.fields["day"], self.fields["timezone"]
        assert isinstance(day, forms.TypedChoiceField)
        assert isinstance(zone, forms.ChoiceField)
        if kind == DigestKind.WEEKLY:
            day.choices, day.label = list(WEEKDAYS.items()), _("On")
        else:
            day.choices = [(number, str(number)) for number in range(1, LAST_DAY + 1)]
            day.label = _("On day of the month")
        own = _("The company's ({zone})").format(zone=company_zone.replace("_", " "))
        zone.choices = [("", own), *timezone_choices()]


def _metrics() -> list[tuple[str, str]]:
    return [("", _("choose one")), *((one.key, one.name) for one in registry.metrics())]


def _splits() -> list[tuple[str, str]]:
    return [
        ("", _("nothing: the total")),
        *((name, split_label(name)) for name in dimensions.names()),
    ]


def _reports() -> list[tuple[str, str]]:
    made = BoardReport.objects.defer("file").filter(state=BoardReport.State.MADE)[:MOST_REPORTS]
    rows = [(str(one.pk), _report(one)) for one in made]
    return [("", _("choose one")), *rows]


def _report(one: BoardReport) -> str:
    return _("{name}, made {day}").format(name=one.name, day=format_day(one.made_at))


def _spans() -> list[tuple[int, str]]:
    return [(number, _("the last {count}").format(count=number)) for number in SPANS]


class ShareLinkForm(forms.Form):
    """What a link shows, and for how long."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("To know it by here; who opens the link reads it as the title."),
    )
    what = forms.ChoiceField(
        label=gettext_lazy("Shows"),
        choices=ShareLink.What.choices,
        widget=forms.RadioSelect,
        initial="overview",
    )
    metric = forms.ChoiceField(
        label=gettext_lazy("Metric"),
        required=False,
        choices=_metrics,
        help_text=gettext_lazy("Where a metric is shown."),
    )
    by = forms.ChoiceField(
        label=gettext_lazy("Split by"),
        required=False,
        choices=_splits,
        help_text=gettext_lazy("Names of segments are shown."),
    )
    grain = forms.ChoiceField(
        required=False,
        initial="month",
        choices=[(one.value, IN[one.value]) for one in GRAINS],
        label=gettext_lazy("In"),
    )
    span = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value="12",
        initial=12,
        choices=_spans,
        label=gettext_lazy("How far back"),
    )
    report = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=_reports,
        label=gettext_lazy("Board report"),
        help_text=gettext_lazy(
            "Where a report is shown: it names customers, and holds what they wrote."
        ),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Works for, in days"), min_value=1, max_value=LONGEST_DAYS, initial=30
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        what = values.get("what")
        if what == ShareLink.What.METRIC and not values.get("metric"):
            self.add_error("metric", _("Choose the metric to show."))
        if what == ShareLink.What.REPORT and not values.get("report"):
            self.add_error("report", _("Choose the report to show."))
        return values
