"""Public reviews."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.facts import CONTACT, CUSTOMER, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, LongText, Number, Text
from customers.imports.kinds.touchpoints import WITH_CONTACT
from customers.models import Review
from customers.models.relations import TEXT_LENGTH

REVIEWS = fact_kind(
    model=Review,
    key="reviews",
    label=gettext_noop("Reviews"),
    noun=gettext_noop("review"),
    description=gettext_noop("What people at customers say about you in public."),
    identity=("customer", "site", "published_on", "contact", "title"),
    since=("published_on",),
    fields=(
        CUSTOMER,
        replace(
            WITH_CONTACT, help=gettext_noop("Who wrote it: the id or the address of a contact.")
        ),
        Field(
            "site",
            gettext_noop("Site"),
            Text(100),
            gettext_noop("Where it stands: G2, Capterra, Google."),
            aliases="site, platform, website, source, review site, network, store",
            is_required=True,
        ),
        Field(
            "published_on",
            gettext_noop("Published on"),
            Day(),
            gettext_noop("The day it was published."),
            aliases="published on, published at, published, review date, reviewed on, date,"
            " submitted at, created at",
            is_required=True,
        ),
        Field(
            "rating",
            gettext_noop("Rating"),
            Number(4, 2),
            gettext_noop("The stars or points given; from 0."),
            aliases="rating, stars, score, star rating, points",
        ),
        Field(
            "best_rating",
            gettext_noop("Best rating"),
            Number(4, 2),
            gettext_noop("The most that can be given. Without one: 5."),
            aliases="best rating, out of, scale, maximum rating, max rating",
        ),
        Field(
            "title",
            gettext_noop("Title"),
            Text(300),
            gettext_noop("Its headline."),
            aliases="title, headline, review title, subject, summary",
        ),
        Field(
            "text",
            gettext_noop("Text"),
            LongText(TEXT_LENGTH),
            gettext_noop("What it says."),
            aliases="text, review, review text, body, comment, content, comments",
        ),
        Field(
            "url",
            gettext_noop("Address"),
            Text(1000),
            gettext_noop("Where it can be read; begins with https:// or http://."),
            aliases="url, link, address, review url, permalink",
        ),
    ),
    stored={
        "contact": Stored("contact_id", reference=CONTACT),
        "best_rating": Stored("best_rating", default="5"),
        "title": Stored("title", default="''"),
        "text": Stored("text", default="''"),
        "url": Stored("url", default="''"),
    },
    rules=(
        Rule("best_rating", "n.best_rating <= 0", gettext_noop("the best rating is more than 0")),
        Rule(
            "rating",
            "n.rating > n.best_rating",
            gettext_noop("the rating is above the best one, {best_rating}"),
            {"best_rating": "trim_scale(n.best_rating)"},
        ),
        Rule(
            "url",
            "n.url <> '' AND n.url !~* '^https?://[^[:space:]]+$'",
            gettext_noop("an address begins with https:// or http:// and has no spaces"),
        ),
    ),
)
