"""What the codes, days and figures in an entry of the audit trail mean, as the pages write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.utils.dates import WEEKDAYS as NAMES
from django.utils.translation import gettext as _

from accounts.formatting import format_day, format_metric, format_moment, format_time
from accounts.models import AuditEntry, Role
from customers.imports.kinds import KINDS
from metrics import registry
from metrics.models import DigestKind
from metrics.models.settings import WEEKDAYS
from metrics.part_names import split_label
from surveys.models import Reward

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Where a detail's name is not the field of the row that the entry is about.
_CODES: dict[str, dict[str, Mapping[str, StrOrPromise]]] = {
    "digest.chosen": {"kind": dict(DigestKind.choices)},
    "digest.sent_to_oneself": {"kind": dict(DigestKind.choices)},
    "company.settings_changed": {
        "language": dict(settings.LANGUAGES),
        "week_start": {str(number): name for number, name in NAMES.items()},
    },
    "reward.given": {"before": dict(Reward.State.choices)},
    "reward.promised": {"before": dict(Reward.State.choices)},
    "reward.refused": {"before": dict(Reward.State.choices)},
    "reward.withdrawn": {"because": dict(Reward.Because.choices)},
    "user.role_changed": {"from": dict(Role.choices), "to": dict(Role.choices)},
}
_OF_METRICS = frozenset({"metrics.goal", "metrics.benchmark"})
_IN_ITS_UNIT = frozenset({"target", "value", "upper"})
_GOAL = re.compile(r"(\w+) (.+) (-?[0-9.]+) by ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_ANNOTATION = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(: .*)", re.DOTALL)
_PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (re.compile(r"True"), lambda text: _("yes")),
    (re.compile(r"False"), lambda text: _("no")),
    (re.compile(r"\d{4}-\d\d-\d\d"), lambda text: format_day(date.fromisoformat(text))),
    (
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d"),
        lambda text: format_moment(datetime.fromisoformat(text)),
    ),
    (re.compile(r"\d\d:\d\d:\d\d"), lambda text: format_time(time.fromisoformat(text))),
)


def value_in_words(entry: AuditEntry, name: str, text: str) -> str:
    """In the reader's language; as it is where it is no code."""
    codes = _CODES.get(entry.action, {}).get(name) or _choices(entry.subject_type).get(name)
    if codes and text in codes:
        return str(codes[text])
    if name == "metric":
        return _metric_name(text)
    if name == "kind" and entry.subject_type == "customers.import" and text in KINDS:
        return KINDS[text].shown_label
    if name == "business_days":
        return ", ".join(str(NAMES[WEEKDAYS.index(day)]) for day in text.split())
    if entry.subject_type in _OF_METRICS:
        if name in _IN_ITS_UNIT:
            return _figure(re.split(r"\W", entry.subject_label, maxsplit=1)[0], text)
        if name == "by":
            return split_label(text)
    for pattern, words in _PLAIN:
        if pattern.fullmatch(text):
            try:
                return words(text)
            except ValueError:
                return text
    return text


def subject_in_words(entry: AuditEntry) -> str:
    """What it was done to, in the reader's language; as it was called where that is a name."""
    label = entry.subject_label
    if entry.subject_type == "metrics.goal" and (found := _GOAL.fullmatch(label)):
        key, sense, target, day = found.groups()
        return _("{metric} {sense} {target} by {day}").format(
            metric=_metric_name(key),
            sense=_(sense),
            target=_figure(key, target),
            day=format_day(date.fromisoformat(day)),
        )
    if entry.subject_type == "metrics.benchmark":
        key, colon, rest = label.partition(":")
        return f"{_metric_name(key)}{colon}{rest}"
    if entry.subject_type == "metrics.annotation" and (found := _ANNOTATION.fullmatch(label)):
        return f"{format_day(date.fromisoformat(found[1]))}{found[2]}"
    return label


@cache
def _choices(model: str) -> Mapping[str, Mapping[str, StrOrPromise]]:
    """{field: {code: words}} of a model; empty where there is none of the name (any more)."""
    try:
        fields = apps.get_model(model)._meta.fields
    except (LookupError, ValueError):
        return {}
    return {
        field.name: {str(code): words for code, words in field.flatchoices}
        for field in fields
        if field.choices
    }


def _metric_name(key: str) -> str:
    try:
        return str(registry.metric(key).name)
    except registry.UnknownMetricError:
        return key


def _figure(key: str, text: str) -> str:
    """In the metric's unit; money without a currency, as the company may have changed it."""
    try:
        return format_metric(text, registry.metric(key).unit)
    except registry.UnknownMetricError:
        return text
