"""The filters of facts that surveys may know."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.attributes import values_on
from customers.models import ContactRole
from surveys.audience.choice import Filter
from surveys.audience.filters import (
    MOST_VALUES,
    FilterKind,
    Group,
    Option,
    Options,
    Shape,
    Values,
    add_filter,
    of_customers,
)
from surveys.models import Kind
from surveys.models.campaign import SCALES
from surveys.scales import Level, scores_of

NONE = "none"  # the value for those who have none


def attribute_values(limit: int = MOST_VALUES) -> list[tuple[str, list[str]]]:
    """Every attribute with its values, for the form; those with more than `limit` are left out
    (they tell customers apart rather than group them). Costs one query, which looks up a value
    after the other and not every customer's."""
    return _rows(
        f"""
        WITH RECURSIVE keys (key) AS (
            SELECT min(key) {_HELD}
             UNION ALL
            SELECT (SELECT min(a.key) {_HELD} AND a.key > keys.key) FROM keys
             WHERE keys.key IS NOT NULL
        ), held (key, value, place) AS (
            SELECT key, (SELECT min(a.value) {_HELD} AND a.key = keys.key), 1 FROM keys
             WHERE key IS NOT NULL
             UNION ALL
            SELECT key, (SELECT min(a.value) {_HELD} AND a.key = held.key
                                 AND a.value > held.value), place + 1
              FROM held WHERE value IS NOT NULL AND place <= %s
        )
        SELECT key, array_agg(value ORDER BY value) FROM held WHERE value IS NOT NULL
         GROUP BY key HAVING count(*) <= %s ORDER BY key
        """,  # noqa: S608 - texts of this module only
        [limit, limit],
    )


# The index of the same condition has them in order.
_HELD = "FROM customers_customerattribute a WHERE a.superseded_at IS NULL AND a.value <> ''"


def _rows(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _attribute(one: Filter, values: Values) -> str:
    held = values_on(key=values.add(one.key), day=values.today)
    return of_customers(
        f"SELECT held.customer_id FROM ({held}) held"  # noqa: S608 - texts of this module
        f" WHERE held.value = ANY({values.add(tuple(one.values))})"
    )


def _attribute_options() -> Options:
    return {key: [Option(one, one) for one in found] for key, found in attribute_values()}


_RUNNING = """
    SELECT {what} FROM customers_term t
      JOIN customers_subscription s ON s.id = t.subscription_id {joins}
     WHERE t.superseded_at IS NULL AND t.starts_on <= {today}
       AND (t.ends_on IS NULL OR t.ends_on > {today}) AND {condition}
"""
_OF_PLAN = """
      JOIN customers_plan p ON p.id = t.plan_id JOIN customers_product o ON o.id = p.product_id
"""


def _subscribed(named: str) -> Callable[[Filter, Values], str]:
    def condition(one: Filter, values: Values) -> str:
        return of_customers(
            _RUNNING.format(
                what="s.customer_id",
                joins=_OF_PLAN,
                today=values.today,
                condition=f"{named} = ANY({values.add(tuple(one.values))})",
            )
        )

    return condition


def _product_options() -> Options:
    names = _rows("SELECT name FROM customers_product ORDER BY name LIMIT %s", [MOST_VALUES])
    return {"": [Option(name, name) for (name,) in names]}


def _plan_options() -> Options:
    names = _rows(
        """SELECT o.name, p.name FROM customers_plan p
             JOIN customers_product o ON o.id = p.product_id
            ORDER BY o.name, p.name LIMIT %s""",
        [MOST_VALUES],
    )
    return {
        "": [
            Option(f"{product}: {plan}", plan if plan == product else f"{product}: {plan}")
            for product, plan in names
        ]
    }


def _yes_or_no_options() -> Options:
    return {"": [Option("yes", _("Yes")), Option("no", _("No"))]}


def _yes_or_no(exists: Callable[[Values], str]) -> Callable[[Filter, Values], str]:
    """The condition that what the SQL looks for is there, or is not."""

    def condition(one: Filter, values: Values) -> str:
        if set(one.values) == {"yes", "no"}:
            return "true"
        return ("" if "yes" in one.values else "NOT ") + f"EXISTS ({exists(values)})"

    return condition


def _paying(values: Values) -> str:
    return _RUNNING.format(
        what="",
        joins="",
        today=values.today,
        condition="t.mrr > 0 AND s.customer_id = c.customer_id",
    )


def _answered(values: Values) -> str:
    return """
        SELECT FROM surveys_invitation i JOIN surveys_response r ON r.invitation_id = i.id
         WHERE i.contact_id = c.id AND r.superseded_at IS NULL AND NOT r.is_by_user
    """


def _signed_up(comparison: str) -> Callable[[Filter, Values], str]:
    def condition(one: Filter, values: Values) -> str:
        day = values.add(dt.date.fromisoformat(one.values[0]))
        return of_customers(
            f"SELECT id FROM customers_customer WHERE signed_up_on {comparison} {day}"  # noqa: S608
        )

    return condition


def _tenure(comparison: str) -> Callable[[Filter, Values], str]:
    """Days since the first term that is paid for began."""

    def condition(one: Filter, values: Values) -> str:
        return of_customers(
            f"""SELECT s.customer_id FROM customers_term t
                  JOIN customers_subscription s ON s.id = t.subscription_id
                 WHERE t.superseded_at IS NULL AND t.mrr > 0 AND t.starts_on <= {values.today}
                 GROUP BY s.customer_id
                HAVING {values.today} - min(t.starts_on) {comparison}
                       {values.add(int(one.values[0]))}"""  # noqa: S608 - texts of this module
        )

    return condition


def _of_contact(column: str) -> Callable[[Filter, Values], str]:
    def condition(one: Filter, values: Values) -> str:
        wanted = tuple("" if value == NONE else value for value in one.values)
        return f"c.{column} = ANY({values.add(wanted)})"

    return condition


def _job_title(one: Filter, values: Values) -> str:
    """Each text where a word begins, without regard to case: `cto` is no director."""
    texts = (re.sub(r"([][\\.^$*+?(){}|])", r"\\\1", text) for text in one.values)
    patterns = tuple(rf"(^|\W){text}" for text in texts)
    return f"c.job_title ~* ANY({values.add(patterns)}::text[])"


def _language_options() -> Options:
    found = languages(MOST_VALUES, is_present=True)
    return {"": [*(Option(one, one) for one in found), Option(NONE, _("not known"))]}


def languages(limit: int, *, is_present: bool = False) -> list[str]:
    """Those of the contacts, or only of those who were not removed, in order. Costs one query,
    which looks up a language after the other."""
    held = "FROM customers_contact c WHERE c.language <> ''"
    held += " AND c.removed_at IS NULL" if is_present else ""
    found = _rows(
        f"""
        WITH RECURSIVE spoken (language) AS (
            SELECT min(c.language) {held}
             UNION ALL
            SELECT (SELECT min(c.language) {held} AND c.language > spoken.language) FROM spoken
             WHERE spoken.language IS NOT NULL
        )
        SELECT language FROM spoken WHERE language IS NOT NULL ORDER BY language LIMIT %s
        """,  # noqa: S608 - texts of this function only
        [limit],
    )
    return [language for (language,) in found]


def _last_level(one: Filter, values: Values) -> str:
    """The level of the contact's latest score of a kind."""
    scores = " OR ".join(
        f"(last.lowest_score, last.highest_score) = ({low:d}, {high:d})"
        f" AND last.score BETWEEN {found[0]:d} AND {found[-1]:d}"
        for low, high in SCALES
        if (low == 0) == (one.key == Kind.NPS)
        for level in Level
        if level in one.values
        for found in [scores_of(one.key, low, high, level)]
    )
    return f"""c.id IN (
        SELECT last.contact_id FROM (
            SELECT DISTINCT ON (i.contact_id)
                   i.contact_id, r.score, g.lowest_score, g.highest_score
              FROM surveys_response r
              JOIN surveys_invitation i ON i.id = r.invitation_id
              JOIN surveys_campaign g ON g.id = i.campaign_id
             WHERE r.superseded_at IS NULL AND NOT r.is_by_user
               AND g.kind = {values.add(one.key)}
             ORDER BY i.contact_id, r.answered_at DESC, r.id DESC
        ) last WHERE {scores or "false"})"""  # noqa: S608 - texts of this module, whole numbers


_LEVEL_NAMES = {
    Kind.NPS: (gettext_noop("Detractor"), gettext_noop("Passive"), gettext_noop("Promoter")),
    Kind.CSAT: (
        gettext_noop("Not satisfied"),
        gettext_noop("In between"),
        gettext_noop("Satisfied"),
    ),
    Kind.CES: (gettext_noop("Hard"), gettext_noop("In between"), gettext_noop("Easy")),
}


def _level_options() -> Options:
    return {
        str(kind): [Option(str(level), _(name)) for level, name in zip(Level, names, strict=True)]
        for kind, names in _LEVEL_NAMES.items()
    }


def _role_options() -> Options:
    roles = [Option(role.value, str(role.label)) for role in ContactRole]
    return {"": [*roles, Option(NONE, _("No role known"))]}


_OWN = [
    FilterKind(
        "attribute",
        gettext_noop("Attribute"),
        _attribute,
        options=_attribute_options,
        is_open=True,
        help=gettext_noop("As it is today."),
    ),
    FilterKind(
        "product",
        gettext_noop("Product"),
        _subscribed("o.name"),
        options=_product_options,
        is_open=True,
    ),
    FilterKind(
        "plan",
        gettext_noop("Plan"),
        _subscribed("o.name || ': ' || p.name"),
        options=_plan_options,
        is_open=True,
    ),
    FilterKind(
        "paying", gettext_noop("Paying today"), _yes_or_no(_paying), options=_yes_or_no_options
    ),
    FilterKind(
        "signed_up_from", gettext_noop("Signed up on or after"), _signed_up(">="), shape=Shape.DAY
    ),
    FilterKind(
        "signed_up_before", gettext_noop("Signed up before"), _signed_up("<"), shape=Shape.DAY
    ),
    FilterKind(
        "tenure_from",
        gettext_noop("Customer for at least"),
        _tenure(">="),
        shape=Shape.WHOLE,
        suffix=gettext_noop("days"),
    ),
    FilterKind(
        "tenure_until",
        gettext_noop("Customer for less than"),
        _tenure("<"),
        shape=Shape.WHOLE,
        suffix=gettext_noop("days"),
    ),
    FilterKind(
        "role", gettext_noop("Role"), _of_contact("role"), Group.CONTACTS, options=_role_options
    ),
    FilterKind(
        "job_title",
        gettext_noop("Job title"),
        _job_title,
        Group.CONTACTS,
        shape=Shape.WORDS,
        help=gettext_noop("What a word of it begins with; several between commas: CFO, finance."),
    ),
    FilterKind(
        "language",
        gettext_noop("Language"),
        _of_contact("language"),
        Group.CONTACTS,
        options=_language_options,
        is_open=True,
    ),
    FilterKind(
        "answered",
        gettext_noop("Answered a survey before"),
        _yes_or_no(_answered),
        Group.CONTACTS,
        options=_yes_or_no_options,
    ),
    FilterKind(
        "last_level",
        gettext_noop("Last answer"),
        _last_level,
        Group.CONTACTS,
        options=_level_options,
    ),
]
for _one in _OWN:
    add_filter(_one)
