"""Who holds a link: everything its pages need, in one statement that is not made anew each time.

Mail scanners fetch every link of every mail, so the pages are kept under twice what an empty view
takes (benchmarks/answers.py); putting this statement together by querysets took longer than that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from customers.models import Contact, Customer
from surveys import tokens
from surveys.content import Content
from surveys.models import Campaign, Invitation, Response

# What is read of each; anything else of these objects is read when somebody asks for it.
_READ: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "i": (
        Invitation,
        ("id", "state", "sent_at", "expires_at", "token_seed", "campaign_id", "contact_id"),
    ),
    "g": (
        Campaign,
        (
            "id",
            "kind",
            "lowest_score",
            "highest_score",
            "question",
            "follow_up",
            "thank_you",
            "language",
            "content",
        ),
    ),
    "h": (Contact, ("id", "email", "name", "language", "customer_id")),
    "c": (Customer, ("id", "name")),
    "r": (Response, ("id", "score", "comment", "answers", "is_by_user")),
}
# from_db takes values in the order of the model's fields.
_READ = {
    short: (
        model,
        tuple(one.attname for one in model._meta.concrete_fields if one.attname in names),
    )
    for short, (model, names) in _READ.items()
}
_COLUMNS = ", ".join(f"{short}.{name}" for short, (_, names) in _READ.items() for name in names)
_STATEMENT = f"""
    SELECT {_COLUMNS}
      FROM surveys_invitation i
      JOIN surveys_campaign g ON g.id = i.campaign_id
      JOIN customers_contact h ON h.id = i.contact_id
      JOIN customers_customer c ON c.id = h.customer_id
      LEFT JOIN surveys_response r ON r.invitation_id = i.id AND r.superseded_at IS NULL
     WHERE i.token_hash = %s
"""  # noqa: S608 - names of this module only


@dataclass(frozen=True)
class Asked:
    """An invitation with its campaign, contact and customer, and the current answer, if any.
    `texts`: whatever its campaign says and asks, to tell it from others and from itself before it
    was changed."""

    invitation: Invitation
    said: Response | None
    content: Content
    texts: tuple[str | int, ...]


def asked_by(token: str) -> Asked | None:
    """Whose link has this token; None: nobody's. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [tokens.hash_of(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    made: dict[str, Any] = {
        short: model.from_db(connection.alias, names, [next(values) for _ in names])
        for short, (model, names) in _READ.items()
    }
    invitation, campaign, contact = made["i"], made["g"], made["h"]
    texts = tuple(getattr(campaign, name) for name in _READ["g"][1])
    content = _content(texts)
    del campaign.content  # as a text of JSON; whoever needs it reads it anew
    contact.customer = made["c"]
    invitation.campaign, invitation.contact = campaign, contact
    said = made["r"] if made["r"].pk is not None else None
    if said is not None:
        said.answers = json.loads(said.answers)
    return Asked(invitation, said, content, texts)


@lru_cache(maxsize=256)
def _content(texts: tuple[str | int, ...]) -> Content:
    """Put together once for all who are asked the same; nobody changes it."""
    campaign = Campaign.from_db(connection.alias, _READ["g"][1], texts)
    campaign.content = json.loads(campaign.content)
    return Content.of(campaign)
