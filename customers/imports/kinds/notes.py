"""Notes about customers."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, Stored, fact_kind
from customers.imports.fields import Field, Instant, LongText, Text
from customers.models import Note
from customers.models.relations import TEXT_LENGTH

NOTES = fact_kind(
    model=Note,
    key="notes",
    label=gettext_noop("Notes"),
    noun=gettext_noop("note"),
    description=gettext_noop("What somebody of your company wrote down about a customer."),
    identity=("customer", "written_at", "text"),
    since=("written_at",),
    fields=(
        CUSTOMER,
        Field(
            "text",
            gettext_noop("Text"),
            LongText(TEXT_LENGTH),
            gettext_noop("The note."),
            aliases="text, note, notes, body, content, comment, note text, description",
            is_required=True,
        ),
        Field(
            "author",
            gettext_noop("Author"),
            Text(200),
            gettext_noop("Who wrote it."),
            aliases="author, written by, created by, by, owner, user, csm",
        ),
        Field(
            "written_at",
            gettext_noop("Written at"),
            Instant(),
            gettext_noop("When it was written."),
            aliases="written at, written on, date, created at, created on, created, timestamp,"
            " activity date, time",
            is_required=True,
        ),
    ),
    stored={"author": Stored("author", default="''")},
)
