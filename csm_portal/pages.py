"""The pages that the search finds by what they are called, or are about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.permissions import Permission
from accounts.search import Finder, Found, fits
from csm_portal.templatetags.portal import SECTIONS

# Route, title, other words for it, who may see it. Found by the words of both languages, English
# and the reader's.
PAGES = (
    (
        "accounts:people",
        gettext_noop("People"),
        gettext_noop("users roles invite colleagues"),
        Permission.ADMINISTER,
    ),
    (
        "accounts:api_keys",
        gettext_noop("API keys"),
        gettext_noop("tokens access"),
        Permission.ADMINISTER,
    ),
    (
        "accounts:audit",
        gettext_noop("Audit trail"),
        gettext_noop("log history changes"),
        Permission.ADMINISTER,
    ),
    (
        "accounts:profile",
        gettext_noop("Your profile"),
        gettext_noop("name account"),
        Permission.VIEW,
    ),
    (
        "account_change_password",
        gettext_noop("Change password"),
        gettext_noop("account sign-in"),
        Permission.VIEW,
    ),
    (
        "customers:stream",
        gettext_noop("Event stream"),
        gettext_noop("segment events usage debugger"),
        Permission.ADMINISTER,
    ),
    (
        "customers:billing",
        gettext_noop("Billing"),
        gettext_noop("stripe chargebee invoices"),
        Permission.ADMINISTER,
    ),
    (
        "customers:import_new",
        gettext_noop("Import a file"),
        gettext_noop("upload csv excel xlsx bring in"),
        Permission.WORK,
    ),
    (
        "customers:export_list",
        gettext_noop("Exports"),
        gettext_noop("download csv"),
        Permission.VIEW,
    ),
    (
        "customers:fact_index",
        gettext_noop("Facts"),
        gettext_noop("rows tickets costs invoices terms"),
        Permission.VIEW,
    ),
    (
        "metrics:settings",
        gettext_noop("Metric settings"),
        gettext_noop("options presets margin hours"),
        Permission.ADMINISTER,
    ),
    (
        "metrics:closed_months",
        gettext_noop("Closed months"),
        gettext_noop("close freeze"),
        Permission.ADMINISTER,
    ),
    ("metrics:goals", gettext_noop("Goals"), gettext_noop("targets aims"), Permission.VIEW),
    (
        "metrics:benchmarks",
        gettext_noop("Benchmarks"),
        gettext_noop("compare published"),
        Permission.VIEW,
    ),
    (
        "metrics:cohorts",
        gettext_noop("Cohorts"),
        gettext_noop("retention heat map"),
        Permission.VIEW,
    ),
    (
        "metrics:forecast",
        gettext_noop("Forecast"),
        gettext_noop("mrr next year prediction"),
        Permission.VIEW,
    ),
    (
        "metrics:restatements",
        gettext_noop("Restatements"),
        gettext_noop("late changed values log"),
        Permission.VIEW,
    ),
    (
        "metrics:freshness",
        gettext_noop("Freshness"),
        gettext_noop("up to date computed"),
        Permission.VIEW,
    ),
    (
        "metrics:health_models",
        gettext_noop("Health models"),
        gettext_noop("score weights signals"),
        Permission.VIEW,
    ),
    (
        "surveys:campaign_new",
        gettext_noop("New survey"),
        gettext_noop("campaign nps csat ces ask"),
        Permission.WORK,
    ),
    (
        "surveys:settings",
        gettext_noop("Survey settings"),
        gettext_noop("sender fatigue domain"),
        Permission.ADMINISTER,
    ),
    ("api:docs", gettext_noop("API"), gettext_noop("rest openapi documentation"), Permission.VIEW),
)


def _pages(words: str, user: User | None, most: int) -> Iterator[Found]:
    sections = ((route, label, "", Permission.VIEW) for _, label, route in SECTIONS)
    found = (
        Found(_(title), reverse(route), "", "arrow-right")
        for route, title, about, permission in (*sections, *PAGES)
        if (user is None or user.may(permission)) and fits(words, title, about, _(title), _(about))
    )
    return islice(found, most)


FINDER = Finder("pages", gettext_noop("Pages"), _pages, position=60)
