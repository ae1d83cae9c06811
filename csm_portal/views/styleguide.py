"""Every component of the design system on one page, in all its states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.permissions import Permission, requires

CHART = {
    "data": {"values": [{"month": month, "MRR": mrr} for month, mrr in (("Sep", 4), ("Oct", 7))]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "month", "type": "nominal", "sort": None, "title": None},
        "y": {"field": "MRR", "type": "quantitative", "title": None},
    },
    "width": "container",
    "height": 120,
}

TREND = [402, 405, 399, 411, None, 418, 424, 421, 433, 440, 438, 452]
SERIES = ("new", "expansion", "reactivation", "resume", "contraction", "churn", "pause")
STATES = (("transfer", "Transfer"), ("fx", "Fx"))
CLASSES = ("promoter", "passive", "detractor")
ICONS = (
    "today",
    "data",
    *("overview", "metrics", "customers", "campaigns", "renewals", "reports", "imports"),
    *("settings", "plus", "check"),
    *("close", "good", "alert", "bad", "info", "arrow-up", "arrow-down", "arrow-right", "minus"),
    *("chevron-left", "chevron-right", "chevron-down", "search", "download", "upload", "mail"),
    *("inbox", "key", "user", "users", "logout", "sun", "moon", "auto", "calendar", "file"),
    *("link", "copy", "clock", "trash", "edit", "external", "filter", "more", "health"),
)


class EveryField(forms.Form):
    """One field of each kind a form of the portal may have."""

    name = forms.CharField(label="Company name", help_text="As your customers know it.")
    slug = forms.SlugField(label="Address", help_text="Letters, digits and hyphens.")
    price = forms.DecimalField(label="Monthly price", required=False)
    plan = forms.ChoiceField(choices=[("basic", "Basic"), ("team", "Team"), ("scale", "Scale")])
    starts_on = forms.DateField(
        label="Starts on", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    role = forms.ChoiceField(
        choices=[("viewer", "Viewer"), ("manager", "Manager"), ("admin", "Admin")],
        widget=forms.RadioSelect,
        help_text="A viewer reads and changes nothing.",
    )
    segments = forms.MultipleChoiceField(
        choices=[("region", "Region"), ("industry", "Industry"), ("contract", "Contract")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    is_weekly = forms.BooleanField(label="Send me the figures every Monday", required=False)
    file = forms.FileField(label="Customers as CSV", required=False)

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("The address and the name belong to different companies.")


def filled_form() -> EveryField:
    """The form as it comes back with something wrong in it."""
    return EveryField(
        {"name": "Northwind Telecom", "slug": "north wind", "plan": "team", "role": "manager"},
        auto_id="wrong_%s",
    )


def samples() -> dict[str, Any]:
    """What the page shows: made-up values, in the shapes real pages pass."""
    return {
        "trend": TREND,
        "icons": ICONS,
        "empty_form": EveryField(),
        "form": filled_form(),
        "crumbs": [
            {"label": "Customers", "href": "#"},
            {"label": "Telecom", "href": "#"},
            {"label": "Account 7043"},
        ],
        "beside": [
            {"rel": "prev", "href": "#tabs", "name": "Alder Health"},
            {"rel": "next", "href": "#tabs", "name": "Amberline Capital"},
        ],
        "tabs": [
            {"label": "Summary", "href": "#tabs", "is_current": True},
            {"label": "Subscriptions", "href": "#tabs", "count": 3},
            {"label": "Timeline", "href": "#tabs", "count": 1284},
        ],
        "grain_links": [
            {"label": "Chart", "href": "#segmented", "is_current": True},
            {"label": "Table", "href": "#segmented"},
        ],
        "steps": ["Upload", "Map columns", "Check", "Import"],
        "definitions": [
            ("External id", "7590-VHVEG"),
            ("Signed up", "1 Jan 2025"),
            ("Contract", "Month to month"),
        ],
        "movement_legend": [{"label": key.capitalize(), "series": key} for key in SERIES]
        + [{"label": label, "series": key} for key, label in STATES],
        "class_legend": [{"label": f"{key.capitalize()}s", "series": key} for key in CLASSES],
        "series_legend": [{"label": f"Series {index}", "series": index} for index in range(1, 7)],
        "period": {
            "presets": [("last_12_months", "Last 12 months"), ("custom", "Custom dates")],
            "grains": [
                ("day", "Day"),
                ("week", "Week"),
                ("month", "Month"),
                ("quarter", "Quarter"),
            ],
            "start": date(2025, 11, 1),
            "end": date(2025, 11, 30),
        },
        "figures": {
            "mrr": Decimal("419206.80"),
            "mrr_before": Decimal("402118.15"),
            "churn": Decimal("0.0275"),
            "churn_before": Decimal("0.0244"),
            "churn_low": Decimal("0.0239"),
            "churn_high": Decimal("0.0316"),
        },
        "rows": [
            ("Harbour Logistics", "7590-VHVEG", "good", "Green", 86, Decimal("4210.00"), 250),
            ("Kestrel & Sons", "5575-GNVDE", "warning", "Amber", 61, Decimal("1899.50"), -120),
            ("Orchard Health", "3668-QPYBK", "bad", "Red", 32, Decimal("12040.25"), -980),
            ("Little Bakery", "7795-CFOCW", "", "None", None, None, None),
        ],
        "chart": CHART,
    }


@requires(Permission.VIEW)
def styleguide(request: HttpRequest) -> HttpResponse:
    """The page; routed only where DEBUG or dev is on."""
    return render(request, "styleguide.html", samples())
