"""Changing how a company asks, with a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from surveys import senders
from surveys.models import SenderDomain, SurveySettings
from tenants.context import current_company

FIELDS = (
    "from_name",
    "from_address",
    "contact_days",
    "customer_most",
    "customer_days",
    "mails_per_hour",
)
MOST_DAYS = 3650


@transaction.atomic
def change_survey_settings(
    *, values: Mapping[str, Any], by: User | None, actor_label: str = ""
) -> bool:
    """Whether anything changed. Raises ValidationError by field; absent fields are kept.

    A new From address gets a record to set; until DNS has it, mails go out as they did without.
    """
    SurveySettings.objects.bulk_create([SurveySettings(pk=1)], ignore_conflicts=True)
    held = SurveySettings.objects.select_for_update().get(pk=1)
    before = {name: getattr(held, name) for name in FIELDS}
    for name in FIELDS:
        if name in values:
            setattr(held, name, values[name])
    held.full_clean(validate_constraints=False)
    _check(held)
    changes = {
        name: [before[name], getattr(held, name)]
        for name in FIELDS
        if before[name] != getattr(held, name)
    }
    if not changes:
        return False
    held.save()
    if "from_address" in changes and held.from_address:
        SenderDomain.objects.get_or_create(
            domain=senders.domain_of(held.from_address), defaults={"token": senders.new_token()}
        )
    audit.record(
        by=by,
        actor_label=actor_label,
        action="surveys.settings_changed",
        subject=held,
        detail=changes,
    )
    senders.forget(current_company())
    return True


def _check(held: SurveySettings) -> None:
    problems: dict[str, ValidationError] = {}
    for name, check in (("from_name", senders.check_name), ("from_address", senders.check_address)):
        value = getattr(held, name)
        try:
            if value:
                check(value)
        except ValidationError as error:
            problems[name] = error
    for name in ("contact_days", "customer_days"):
        if getattr(held, name) > MOST_DAYS:
            problems[name] = ValidationError(_("Up to {days} days.").format(days=MOST_DAYS))
    for name in ("customer_most", "mails_per_hour"):
        if getattr(held, name) == 0:
            problems[name] = ValidationError(_("At least 1."))
    if problems:
        raise ValidationError(problems)
