"""Texts of the catalogue where they are made: in SQL, and within a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from tenants.languages import ENGLISH, language, mid_sentence


def in_sql(text: str, /, **values: str) -> str:
    """SQL of a text, said in the language in force: `values` are SQL of its fields."""
    return " || ".join(_pieces(text, values)) or "''"


def _pieces(text: str, values: dict[str, str]) -> Iterator[str]:
    for words, name, _spec, _conversion in Formatter().parse(text):
        if words:
            yield f"'{_escaped(words)}'"
        if name is not None:
            yield f"({values[name]})::text"


def _escaped(words: str) -> str:
    return words.replace("'", "''")


# What facts hold as one of a few words, and what rows are called where no kind names them.
WORDS = (
    *(gettext_noop("day"), gettext_noop("week"), gettext_noop("month"), gettext_noop("quarter")),
    *(gettext_noop("year"), gettext_noop("champion"), gettext_noop("decision maker")),
    *(gettext_noop("user"), gettext_noop("voluntary"), gettext_noop("involuntary")),
    *(gettext_noop("acquisition"), gettext_noop("retention"), gettext_noop("call")),
    *(gettext_noop("meeting"), gettext_noop("email")),
    *(gettext_noop("other"), gettext_noop("track"), gettext_noop("page"), gettext_noop("screen")),
    *(gettext_noop("shown"), gettext_noop("clicked"), gettext_noop("yes"), gettext_noop("no")),
)
# "review" alone is the name of another kind of fact.
_LONGER = {"review": gettext_noop("business review")}
ROWS = (
    *(gettext_noop("contacts"), gettext_noop("costs"), gettext_noop("feature requests")),
    *(gettext_noop("invoices"), gettext_noop("mentions"), gettext_noop("milestones")),
    *(gettext_noop("notes"), gettext_noop("objectives"), gettext_noop("parts")),
    *(gettext_noop("pauses"), gettext_noop("referrals"), gettext_noop("referrals (referred)")),
    *(gettext_noop("renewals"), gettext_noop("reviews"), gettext_noop("subscriptions")),
    *(gettext_noop("tasks"), gettext_noop("ticket stages"), gettext_noop("tickets")),
    *(gettext_noop("touchpoints"), gettext_noop("usage events"), gettext_noop("Invitations")),
    *(gettext_noop("Campaigns"), gettext_noop("Terms"), gettext_noop("Attributes of customers")),
    gettext_noop("Further ids of customers"),
)


def word_of(key: str) -> str:
    """One of a few words that a fact holds, in the language in force: in English the key itself,
    as files say it."""
    if language() == ENGLISH:
        return key
    return _(_LONGER.get(key) or key.replace("_", " "))


def named(label: str) -> str:
    """A name out of a table, in the language in force. "Use" is a verb elsewhere."""
    return pgettext("what people do with a product", "Use") if label == "Use" else _(label)


def within(label: str) -> str:
    """A name, in the language in force, as it stands within a sentence."""
    return mid_sentence(_(label))
