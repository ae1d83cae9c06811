"""Public reviews."""

from __future__ import annotations

from dataclasses import replace

from customers.imports.facts import CONTACT, CUSTOMER, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, LongText, Number, Text
from customers.imports.kinds.touchpoints import WITH_CONTACT
from customers.models import Review
from customers.models.relations import TEXT_LENGTH

REVIEWS = fact_kind(
    model=Review,
    key="reviews",
    label="Reviews",
    noun="review",
    description="What people at customers say about you in public.",
    identity=("customer", "site", "published_on", "contact", "title"),
    since=("published_on",),
    fields=(
        CUSTOMER,
        replace(WITH_CONTACT, help="Who wrote it: the id or the address of a contact."),
        Field(
            "site",
            "Site",
            Text(100),
            "Where it stands: G2, Capterra, Google.",
            aliases="site, platform, website, source, review site, network, store",
            is_required=True,
        ),
        Field(
            "published_on",
            "Published on",
            Day(),
            "The day it was published.",
            aliases="published on, published at, published, review date, reviewed on, date,"
            " submitted at, created at",
            is_required=True,
        ),
        Field(
            "rating",
            "Rating",
            Number(4, 2),
            "The stars or points given; from 0.",
            aliases="rating, stars, score, star rating, points",
        ),
        Field(
            "best_rating",
            "Best rating",
            Number(4, 2),
            "The most that can be given. Without one: 5.",
            aliases="best rating, out of, scale, maximum rating, max rating",
        ),
        Field(
            "title",
            "Title",
            Text(300),
            "Its headline.",
            aliases="title, headline, review title, subject, summary",
        ),
        Field(
            "text",
            "Text",
            LongText(TEXT_LENGTH),
            "What it says.",
            aliases="text, review, review text, body, comment, content, comments",
        ),
        Field(
            "url",
            "Address",
            Text(1000),
            "Where it can be read; begins with https:// or http://.",
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
        Rule("best_rating", "n.best_rating <= 0", "'the best rating is more than 0'"),
        Rule(
            "rating",
            "n.rating > n.best_rating",
            "'the rating is above the best one, ' || trim_scale(n.best_rating)",
        ),
        Rule(
            "url",
            "n.url <> '' AND n.url !~* '^https?://[^[:space:]]+$'",
            "'an address begins with https:// or http:// and has no spaces'",
        ),
    ),
)
