"""Drafting what a campaign measures and says."""

from __future__ import annotations

from typing import Any

from django.core.mail import get_connection
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from surveys import audience
from surveys.actions.campaigns import lock_draft
from surveys.content import Content, checked
from surveys.default_content import default_content, of_another_kind
from surveys.emails import mail_to_oneself
from surveys.models import Campaign, Kind
from surveys.models.campaign import Language
from surveys.scales import SCALES_OF

Scale = tuple[int, int]


@transaction.atomic
def draft_campaign(
    *,
    name: str,
    kind: str = Kind.NPS,
    scale: Scale | None = None,
    is_relational: bool = True,
    content: Content | None = None,
    language: str = Language.ENGLISH,
    by: User | None,
    actor_label: str = "",
) -> Campaign:
    """A new draft. Without a scale it gets the usual one of its kind; without content, the
    portal's own words in `language`.

    Raises ContentError, and Refused (`scale_unfit`) for a scale the kind is not asked on.
    """
    lowest, highest = _fitting(kind, scale or SCALES_OF[kind][0])
    said = checked(content or default_content(kind, language), languages=Language.values)
    campaign = Campaign.objects.create(
        name=name,
        kind=kind,
        lowest_score=lowest,
        highest_score=highest,
        is_relational=is_relational,
        audience=audience.Choice().as_json(),
        created_by=by,
        **said.as_columns(),
    )
    audit.record(
        by=by,
        actor_label=actor_label,
        action="campaign.created",
        subject=campaign,
        detail=said_by(campaign),
    )
    return campaign


@transaction.atomic
def change_draft(
    *,
    campaign: Campaign,
    name: str | None = None,
    kind: str | None = None,
    scale: Scale | None = None,
    is_relational: bool | None = None,
    content: Content | None = None,
    by: User | None,
    actor_label: str = "",
) -> Campaign:
    """Change a draft; None leaves as it is. With another kind, the portal's own texts become
    those of that kind. Refused once somebody is asked; raises as draft_campaign does."""
    campaign = lock_draft(campaign)
    before = said_by(campaign)
    said = content or Content.of(campaign)
    if kind is not None and kind != campaign.kind:
        said = of_another_kind(said, campaign.kind, kind)
        campaign.kind = kind
        scale = scale or SCALES_OF[kind][0]
    if scale is not None:
        campaign.lowest_score, campaign.highest_score = _fitting(campaign.kind, scale)
    if name is not None:
        campaign.name = name
    if is_relational is not None:
        campaign.is_relational = is_relational
    for column, value in checked(said, languages=Language.values).as_columns().items():
        setattr(campaign, column, value)
    campaign.save(update_fields=COLUMNS)
    now = said_by(campaign)
    changed = {key: value for key, value in now.items() if value != before[key]}
    if changed:
        audit.record(
            by=by,
            actor_label=actor_label,
            action="campaign.edited",
            subject=campaign,
            detail=changed,
        )
    return campaign


def send_test(*, campaign: Campaign, language: str, by: User) -> None:
    """Send the mail to the user who asks, marked as a test; its links record nothing.

    Raises Refused (`mail_not_taken`) with the mail server's words.
    """
    message = mail_to_oneself(campaign, to=by.email, language=language)
    try:
        get_connection().send_messages([message])
    except OSError as error:  # smtplib's exceptions are OSErrors
        raise Refused(
            _("The mail server did not take the test mail: {error}").format(error=error),
            code="mail_not_taken",
        ) from error
    audit.record(by=by, action="campaign.tested", subject=campaign, detail={"language": language})


COLUMNS = [
    "name",
    "kind",
    "lowest_score",
    "highest_score",
    "is_relational",
    "question",
    "follow_up",
    "thank_you",
    "language",
    "content",
]


def said_by(campaign: Campaign) -> dict[str, Any]:
    """What a campaign measures and says, for the audit."""
    return {name: getattr(campaign, name) for name in COLUMNS}


def _fitting(kind: str, scale: Scale) -> Scale:
    if tuple(scale) not in SCALES_OF[kind]:
        said = [
            _("{low} to {high}").format(low=lowest, high=highest)
            for lowest, highest in SCALES_OF[kind]
        ]
        words, scales = _("{kind} is asked on {scales}."), said[-1]
        if said[:-1]:
            scales = _("{first} or {last}").format(first=", ".join(said[:-1]), last=said[-1])
        raise Refused(words.format(kind=Kind(kind).label, scales=scales), code="scale_unfit")
    return scale
