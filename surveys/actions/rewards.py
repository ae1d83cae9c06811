"""What advocates get: promised by hand or by rule, given or refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.models import Contact, Customer
from surveys.models import ReferralSettings, Reward
from surveys.models.campaign import Language
from surveys.referring import NAMED, TEXT_NAMES
from surveys.texts import unknown_fields
from tenants.context import current_company

State = Reward.State
# What people may say of one; the rule alone withdraws.
SETTLED = (State.PROMISED, State.GIVEN, State.REFUSED)
TEXT_LENGTH = 1000
BY_RULE = gettext_noop("The rule of rewards")


@transaction.atomic
def promise(
    *,
    customer: Customer,
    contact: Contact | None = None,
    referral_id: str = "",
    what: str,
    value: Decimal | None = None,
    note: str = "",
    by: User | None,
    actor_label: str = "",
) -> Reward:
    """A reward made by hand. `value` is in the company's currency. Raises Refused, and
    ValidationError by field."""
    if contact is not None and contact.customer_id != customer.pk:
        raise Refused(_("This contact belongs to another customer."), code="contact_elsewhere")
    reward = Reward(
        customer=customer,
        contact=contact,
        referral_id=referral_id,
        what=what.strip(),
        value=value,
        currency=current_company().currency if value is not None else "",
        note=note.strip(),
        made_by=by,
    )
    reward.full_clean()
    reward.save()
    audit.record(
        by=by,
        actor_label=actor_label,
        action="reward.promised",
        subject=reward,
        detail={"customer": customer.external_id, "value": str(value or "")},
    )
    return reward


@transaction.atomic
def settle(
    *,
    reward: Reward,
    state: str,
    given_on: dt.date | None = None,
    note: str | None = None,
    by: User | None,
    actor_label: str = "",
) -> Reward:
    """Give, refuse, or promise again. `given_on` defaults to today. Raises Refused."""
    reward = Reward.objects.select_for_update().get(pk=reward.pk)
    if state not in SETTLED:
        raise Refused(f"A reward is {', '.join(SETTLED)}.", code="state_unknown")
    if state == State.PROMISED and reward.state == State.WITHDRAWN:
        raise Refused(
            _(
                "Say of the referral since when it is a customer: then the rule promises this"
                " again."
            ),
            code="referral_not_converted",
        )
    today = current_company().today()
    if given_on is not None and (state != State.GIVEN or given_on > today):
        raise Refused(
            _("Only a reward that was given has a day, and not one ahead."), code="day_wrong"
        )
    before = reward.state
    reward.state = state
    reward.withdrawn_because = ""
    reward.given_on = (given_on or reward.given_on or today) if state == State.GIVEN else None
    reward.settled_by = by if state != State.PROMISED else None
    if note is not None:
        reward.note = note.strip()
    reward.full_clean()
    reward.save()
    audit.record(
        by=by,
        actor_label=actor_label,
        action=f"reward.{state}",
        subject=reward,
        detail={"before": before, "given_on": str(reward.given_on or "")},
    )
    return reward


def promise_due() -> int:
    """Promise what the rule says to whoever brought in a customer since it holds; how many.

    Once per referral, however often this runs. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_reward (customer_id, contact_id, referral_id, what, value, currency,
                   state, note, is_by_rule, created_at)
            SELECT r.customer_id, p.contact_id, r.external_id, s.reward_what, s.reward_value,
                   CASE WHEN s.reward_value IS NULL THEN '' ELSE %s END, 'promised', '', true, now()
              FROM surveys_referralsettings s
              JOIN customers_referral r ON r.superseded_at IS NULL
                   AND r.converted_on BETWEEN s.reward_from AND %s
              LEFT JOIN surveys_referredperson p ON p.referral_id = r.external_id
             WHERE s.id = 1 AND s.reward_what <> ''
            ON CONFLICT DO NOTHING
            """,
            [current_company().currency, current_company().today()],
        )
        return int(cursor.rowcount)


@transaction.atomic
def withdraw_undue() -> int:
    """Take back what the rule promised for who is no customer after all, or for a referral that
    was removed, unless it was given or refused; how many. Who becomes one again is promised it
    again. Twice is harmless."""
    changed = [*_withdrawn(), *_promised_again()]
    for reward in Reward.objects.filter(pk__in=changed):
        audit.record(
            by=None,
            actor_label=BY_RULE,
            action=f"reward.{reward.state}",
            subject=reward,
            detail={"because": reward.withdrawn_because},
        )
    return len(changed)


def _withdrawn() -> list[int]:
    return _ids_of(
        """
        WITH undue AS (
            SELECT w.id, CASE WHEN r.id IS NULL THEN 'referral_removed'
                              ELSE 'not_converted' END AS because
              FROM surveys_reward w
              LEFT JOIN customers_referral r
                ON r.external_id = w.referral_id AND r.superseded_at IS NULL
             WHERE w.is_by_rule AND w.state = 'promised'
               AND (r.converted_on IS NULL OR r.converted_on > %s)
               FOR UPDATE OF w
        )
        UPDATE surveys_reward w SET state = 'withdrawn', withdrawn_because = undue.because
          FROM undue WHERE w.id = undue.id
        RETURNING w.id
        """
    )


def _promised_again() -> list[int]:
    return _ids_of(
        """
        UPDATE surveys_reward w SET state = 'promised', withdrawn_because = ''
          FROM customers_referral r
         WHERE w.is_by_rule AND w.state = 'withdrawn'
           AND r.external_id = w.referral_id AND r.superseded_at IS NULL AND r.converted_on <= %s
        RETURNING w.id
        """
    )


def _ids_of(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [current_company().today()])
        return [pk for (pk,) in cursor.fetchall()]


def keep_the_rule() -> None:
    """Promise and take back what the rule says to."""
    withdraw_undue()
    promise_due()


FIELDS = ("is_on", "texts", "reward_what", "reward_value")


@transaction.atomic
def change_referral_settings(
    *, values: dict[str, Any], by: User | None, actor_label: str = ""
) -> bool:
    """Whether anything changed. Raises ValidationError by field; absent fields are kept.

    A rule that begins to hold is for who becomes a customer from today on.
    """
    ReferralSettings.objects.bulk_create([ReferralSettings(pk=1)], ignore_conflicts=True)
    held = ReferralSettings.objects.select_for_update().get(pk=1)
    before = {name: getattr(held, name) for name in FIELDS}
    for name in FIELDS:
        if name in values:
            setattr(held, name, values[name])
    held.texts = checked_texts(held.texts)
    held.reward_what = held.reward_what.strip()
    if not held.reward_what:
        if held.reward_value is not None:
            raise ValidationError({"reward_what": _("Say what the reward is.")})
        held.reward_from = None
    elif not before["reward_what"]:
        held.reward_from = current_company().today()
    held.full_clean(validate_constraints=False)
    changed = [name for name in FIELDS if before[name] != getattr(held, name)]
    if not changed:
        return False
    held.save()
    audit.record(
        by=by,
        actor_label=actor_label,
        action="referrals.settings_changed",
        subject=held,
        detail={name: _told(getattr(held, name)) for name in changed},
    )
    return True


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def checked_texts(texts: Any) -> dict[str, dict[str, str]]:
    """{language: {name: text}} without what is empty. Raises ValidationError."""
    if not isinstance(texts, dict):
        raise ValidationError({"texts": "texts is {language: {offer, welcome, reward}}."})
    kept: dict[str, dict[str, str]] = {}
    for language, own in texts.items():
        if language not in Language.values:
            raise ValidationError(
                {"texts": f"“{str(language)[:20]}” is none of {', '.join(Language.values)}."}
            )
        if not isinstance(own, dict) or set(own) - set(TEXT_NAMES):
            raise ValidationError({"texts": f"A language has {', '.join(TEXT_NAMES)}."})
        for name, text in own.items():
            if not isinstance(text, str) or len(text) > TEXT_LENGTH or "\0" in text:
                raise ValidationError(
                    {
                        "texts": _(
                            "{name} ({language}) is a text of up to {most} characters."
                        ).format(name=name, language=language, most=TEXT_LENGTH)
                    }
                )
            if unknown_fields(text):
                raise ValidationError(
                    {
                        "texts": _("Only {fields} can be filled in ({name}, {language}).").format(
                            fields=NAMED, name=name, language=language
                        )
                    }
                )
            if text.strip():
                kept.setdefault(language, {})[name] = text.strip()
    return kept
