"""Setting the options that a company's metrics are computed with, with a trace."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from metrics.choosing import own_options
from metrics.models import ChosenOption
from metrics.options import Options
from metrics.registry import metric as find
from tenants.jobs import enqueue

Wanted = Mapping[str, Mapping[str, str | None]]
"""Values by metric and option; None: the default again."""
Changes = dict[str, list[str]]


@transaction.atomic
def set_options(
    *, wanted: Wanted, by: User | None, actor_label: str = "", preset: str = ""
) -> Changes:
    """What became of what: {"metric.option": [before, after]}. What is not named is kept.

    All or nothing. Raises UnknownMetricError and OptionError, which say what is allowed.
    """
    changes: Changes = {}
    for key, values in wanted.items():
        changes |= _set(key, values)
    if changes:
        enqueue("metrics.refresh", key="metrics.refresh")
        detail = {"changes": changes} | ({"preset": preset} if preset else {})
        audit.record(
            by=by,
            actor_label=actor_label,
            action="metrics.options_changed",
            subject=preset or ", ".join(sorted(wanted)),
            detail=detail,
        )
    return changes


def _set(key: str, values: Mapping[str, str | None]) -> Changes:
    metric = find(key)
    defaults = metric.choose({})
    before = defaults | own_options(metric)
    # Checks the names of those that are reset, too.
    said: Options = {name: defaults.get(name, "") if v is None else v for name, v in values.items()}
    after = metric.choose({**before, **said})
    changed = {name for name in after if after[name] != before[name]}
    for name in changed:
        if after[name] == defaults[name]:
            ChosenOption.objects.filter(metric=key, option=name).delete()
        else:
            ChosenOption.objects.update_or_create(
                metric=key, option=name, defaults={"value": after[name]}
            )
    return {f"{key}.{name}": [before[name], after[name]] for name in sorted(changed)}
