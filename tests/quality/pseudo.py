"""A language made of the English one: every text that is taken from a catalogue stands in ⟦ ⟧.

What stands outside of them on a page was written past gettext, or is somebody's data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import translation
from django.utils.dates import WEEKDAYS

from accounts.forms import notation_choices
from accounts.models import User
from csm_portal import catalogs
from csm_portal.templatetags import portal
from customers.contact_forms import spoken_languages
from customers.models import CustomerAttribute
from metrics.registry import metrics
from tenants import currencies
from tenants.models import Company
from tenants.timezones import timezone_choices
from tenants.validators import password_help

CODE = "eo"
NOTATION = "ja-JP"  # whose days and amounts have no Latin letters
BEGIN, END = "⟦", "⟧"
SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-label", "aria-description", "label")
# Routes for those who build on the portal.
FOR_BUILDERS = {"styleguide", "api:docs"}
# Elements without an end.
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNSPOKEN = {"script", "style", "code", "pre", "kbd", "samp", "textarea", "svg"}
# What files call their columns, and words in them that look like keys of code, by route.
FILES = (
    r"(external_id|customer id|parent id|signed[ _]up[ _]on\.?|segment, industry, region|name"
    r"|(name|id) \( \)|id \(new-1\)|new-1|id|UTF-16|UTF-8|Windows-1252)"
)
AS_SENT = {
    "customers:fact_list": re.compile(r"(chat|email|phone|low|normal|high)"),
    "customers:fact_detail": re.compile(r"(email|high)"),
    "customers:import_detail": re.compile(FILES),
    "customers:import_mapping": re.compile(FILES),
}
NOTHING = re.compile(r"(?!)")
LETTERS = re.compile(r"[A-Za-z]{2,}")
KEY = re.compile(r"(?!.*\.csv$)[a-z_.:]+")
# A name that stands for itself whatever the language.
NAMES = re.compile(
    r"\b((?:[\w-]+\.)+com/\S+|MRR|ARR|NPS|CSAT|CES|NRR|GRR|LTV|CAC|CRC|ARPU|ARPA|API|CSV|XLSX|PNG|SVG|PDF|JSON|URL|DNS"
    r"|TXT|UTC|CSM Portal|English|Deutsch|Français|Español|Italiano|Nederlands"
    r"|Ctrl K|Stripe|Chargebee|Zendesk|Intercom|HubSpot|ChartMogul|ProfitWell|Segment|Vega"
    r"|px|kB|MB|GB|http\S+|\S+@\S+|\S+\.example)\b"
)


def write(folder: Path) -> None:
    """The catalogue of the language, as `manage.py build_assets` writes the others."""
    catalog = Catalog(locale=CODE, fuzzy=False)
    for texts in catalogs.said_by_the_portal().values():
        for said in texts:
            one = f"{BEGIN}{said.text}{END}"
            string = (one, f"{BEGIN}{said.plural}{END}") if said.plural else one
            catalog.add(said.id, string, context=said.context or None)
    catalogs.write_compiled(folder, CODE, catalog)


@contextmanager
def offered(folder: Path) -> Iterator[None]:
    """The language beside the others, while the block lasts."""
    languages = [*settings.LANGUAGES, (CODE, "Esperanto")]
    with override_settings(LOCALE_PATHS=[str(folder)], LANGUAGES=languages):
        yield


class Spoken(HTMLParser):
    """What a page says to people: its texts, and the attributes that are read out or shown; but for
    what it says is in another language (`lang`), like the texts for a contact."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []
        self.elements: list[tuple[str, str]] = []  # (tag, its language)
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSPOKEN:
            self.inside.append(tag)
        language = dict(attrs).get("lang") or self.language
        if language == CODE:
            self.said += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in VOID:
            self.elements.append((tag, language))

    @property
    def language(self) -> str:
        return self.elements[-1][1] if self.elements else CODE

    def handle_endtag(self, tag: str) -> None:
        while any(tag == one for one, _language in self.elements):
            if self.elements.pop()[0] == tag:
                break
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and self.language == CODE:
            self.said.append(data)


def untranslated(page: str, data: re.Pattern[str], *, route: str) -> list[str]:
    """What the page says in English words that are neither translated nor `data`."""
    # Brackets may close behind a tag within the text.
    marked, depth = [], 0
    for text in Spoken(page).said:
        rest = []
        for letter in text:
            if letter == BEGIN:
                depth += 1
            elif letter == END and depth:
                depth -= 1
            elif not depth:
                rest.append(letter)
        marked.append("".join(rest))
    found = [" ".join(NAMES.sub(" ", data.sub(" ", text)).split()) for text in marked]
    as_sent = AS_SENT.get(route, NOTHING)
    return [text for text in found if LETTERS.search(text) and not as_sent.fullmatch(text)]


def data_of(company: Company) -> re.Pattern[str]:
    """Whatever texts the company's tables hold, and what libraries say in the language, the longest
    first; keys of code are not data."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT quote_ident(table_name), quote_ident(column_name) FROM information_schema.columns
            WHERE table_schema = %s AND data_type IN ('text', 'character varying')
            """,
            [company.schema_name],
        )
        texts: set[str] = {company.name, company.slug}
        names = User.objects.values_list("name", flat=True)
        texts.update(portal.initials(name) for name in (company.name, *names))
        for table, column in cursor.fetchall():
            cursor.execute(
                f"SELECT DISTINCT {column} FROM {table} WHERE length({column}) < 300 LIMIT 2000"
            )
            texts.update(" ".join(value.split()) for (value,) in cursor.fetchall() if value)
    # Of the API, before their words.
    texts |= {
        f"{choice.value}:"
        for metric in metrics()
        for option in metric.options
        for choice in option.choices
    }
    held = {
        text
        for text in texts
        if LETTERS.search(text) and (text.endswith(":") or not KEY.fullmatch(text))
    }
    parts = sorted(held | words_of_libraries(), key=len, reverse=True)
    found = [rf"(?<![A-Za-z]){re.escape(part)}(?![A-Za-z])" for part in parts]
    # What a company calls its attributes, alone: their keys, and as labels.
    found += [
        rf"\A\s*(?:{re.escape(key)}|{re.escape(key.replace('_', ' '))})\s*\Z"
        for attribute in CustomerAttribute.objects.values_list("key", flat=True).distinct()
        for key in (attribute, attribute.capitalize())
    ]
    return re.compile("|".join(found))


def words_of_libraries() -> set[str]:
    """What Babel, Django and the time zone database call things, and allauth asks, in no catalogue
    of ours."""
    with translation.override(CODE):
        named = [
            *(choice for _group, choices in currencies.choices() for choice in choices),
            *notation_choices(),
            *timezone_choices(),
            *spoken_languages(),
            *WEEKDAYS.items(),
            *settings.LANGUAGES,
        ]
        asked = (password_help(), translation.gettext("Forgot your password?"))
        said = {*(str(label) for _value, label in named), *asked}
    return {text for text in said if LETTERS.search(text)}
