"""Past answers to surveys of any tool: they count in NPS, CSAT and CES history at once."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.facts import EXTERNAL_ID, UPDATED_AT
from customers.imports.fields import (
    Field,
    Instant,
    Kind,
    LongText,
    Number,
    Origin,
    Read,
    Text,
    Word,
    choice,
)
from customers.imports.parsing import BadValue, shown
from surveys.imports import response_steps as steps
from surveys.models import Response
from surveys.models.campaign import SCALES
from surveys.models.response import COMMENT_LENGTH

_SCALES = {f"{lowest}-{highest}" for lowest, highest in SCALES}
_SCALE = re.compile(r"\A([01])\s*(?:-|\u2013|to|\.\.|/)\s*(5|7|10)\Z")
_KINDS = {
    "nps": "net promoter score, net promoter",
    "csat": "customer satisfaction, satisfaction",
    "ces": "customer effort score, customer effort, effort",
}

_CONTACT = """
    JOIN surveys_invitation i ON i.id = f.invitation_id
    JOIN customers_contact h ON h.id = i.contact_id
"""


def read_scale(value: str) -> str:
    """`1-5`, `1 to 5` or `5` as `1-5`; raises BadValue."""
    text = value.strip().lower()
    match = _SCALE.match(text)
    scale = f"{match[1]}-{match[2]}" if match else f"1-{text}" if text in {"5", "7"} else ""
    if scale not in _SCALES:
        words = _("{value} is not a scale; 0-10, 1-5, 1-7 and 1-10 are taken")
        raise BadValue(words.format(value=shown(value)))
    return scale


RESPONSES = Kind(
    key="responses",
    label=gettext_noop("Survey answers"),
    noun="answer",
    description=gettext_noop(
        "Answers to surveys: NPS, CSAT or CES, with their dates. Those asked elsewhere count in"
        " your history at once; no mail is sent."
    ),
    sample="responses.csv",
    writes=("contacts",),
    asks=("is_making_contacts",),
    fields=(
        EXTERNAL_ID,
        Field(
            "customer",
            gettext_noop("Customer id"),
            Text(200),
            gettext_noop(
                "The id of the customer. Not needed where only one contact has the id or address."
            ),
            aliases=(
                "customer id, account no, account number, account id, customer number, customer no,"
                " client id, customer, account, company id, company"
            ),
        ),
        Field(
            "contact",
            gettext_noop("Contact"),
            Text(254),
            gettext_noop("Who answered: the id or the address of a contact."),
            aliases=(
                "contact, contact id, email, e mail, email address, respondent, respondent email,"
                " recipient, recipient email, person email, customer email, user id"
            ),
            is_required=True,
        ),
        Field(
            "survey",
            gettext_noop("Survey"),
            Text(200),
            gettext_noop(
                "What the survey was called. Its answers of one kind and scale become one campaign."
            ),
            aliases="survey, survey name, campaign, campaign name, survey title, title",
            is_required=True,
        ),
        Field(
            "kind",
            gettext_noop("Kind"),
            choice(_KINDS, "a kind of survey"),
            gettext_noop("nps, csat or ces."),
            aliases="kind, survey type, type, metric, question type, survey kind",
            is_required=True,
        ),
        Field(
            "scale",
            gettext_noop("Scale"),
            Word(read_scale, tuple(f"{lowest}-{highest}" for lowest, highest in SCALES)),
            gettext_noop(
                "0-10, 1-5, 1-7 or 1-10. Without one, NPS is on 0-10; CSAT and CES need one."
            ),
            aliases="scale, scale type, rating scale",
        ),
        Field(
            "score",
            gettext_noop("Score"),
            Number(2, 0),
            gettext_noop("A whole number of the scale."),
            aliases="score, rating, answer, nps score, csat score, ces score, nps, value",
            is_required=True,
        ),
        Field(
            "comment",
            gettext_noop("Comment"),
            LongText(COMMENT_LENGTH),
            gettext_noop("What the person wrote."),
            aliases="comment, feedback, reason, text, open text, answer text, verbatim, remark",
        ),
        Field(
            "asked_at",
            gettext_noop("Asked at"),
            Instant(),
            gettext_noop("When the survey was sent. Without it: when it was answered."),
            aliases="asked at, sent at, survey sent at, survey sent, sent, sent date, created at",
        ),
        Field(
            "answered_at",
            gettext_noop("Answered at"),
            Instant(),
            gettext_noop("When the person answered: the answer counts in that period."),
            aliases=(
                "answered at, responded at, response date, completed at, submitted at, responded,"
                " date, timestamp, response time, answered on, end date, submit date"
            ),
            is_required=True,
        ),
        UPDATED_AT,
    ),
    check=steps.check,
    compare=steps.compare,
    write=steps.write,
    remove=steps.remove,
    model=Response,
    read=Read(
        tables=f"""FROM surveys_response f {_CONTACT}
            JOIN surveys_campaign g ON g.id = i.campaign_id
            JOIN customers_customer c ON c.id = h.customer_id
            WHERE f.superseded_at IS NULL AND NOT f.is_by_user""",
        columns={
            "external_id": f"coalesce(f.external_id, {steps.OWN_ID})",
            "customer": "c.external_id",
            "contact": "coalesce(h.external_id, h.email)",
            "survey": "g.name",
            "kind": "g.kind",
            "scale": steps.SCALE,
            "score": "f.score",
            "comment": "f.comment",
            "asked_at": "coalesce(i.sent_at, i.claimed_at)",
            "answered_at": "f.answered_at",
            "updated_at": "f.source_updated_at",
        },
        customer_id="h.customer_id",
        customer_by=_CONTACT,
        version_of="f.invitation_id",
        origin=Origin("'Campaign: ' || g.name", "g.id", "surveys:campaign_detail"),
    ),
)
