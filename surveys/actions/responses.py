"""Writing down what somebody answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.actions.feed import note_change
from surveys import tokens
from surveys.actions import follow_ups
from surveys.actions.storing import results_changed
from surveys.answers import checked_answers, merged
from surveys.content import Content
from surveys.models import Invitation, Origin, Response
from surveys.models.response import COMMENT_LENGTH
from tenants.context import current_company

# Of one invitation by the contact, and as many by users: nobody can write without end.
MOST_VERSIONS = 100


class UnknownTokenError(Refused):
    """No invitation of this company has the token."""

    def __init__(self) -> None:
        super().__init__("There is no such survey link.", code="token_unknown")


class TooManyVersionsError(Refused):
    """The answer was changed as often as it may be; what it says now stays."""

    def __init__(self) -> None:
        super().__init__(
            f"This answer was changed {MOST_VERSIONS} times and stays as it is now.",
            code="too_many_versions",
        )


class ExpiredTokenError(Refused):
    """The invitation can no longer be answered."""

    def __init__(self) -> None:
        super().__init__("This survey has ended.", code="token_expired")


@dataclass(frozen=True)
class Part:
    """What came in at once: a score, a comment, answers to further questions, or some of these.

    `answers` are as surveys.answers takes them; one that is there and empty was emptied.
    `seen_version` is the version (Response.pk) the person was looking at.
    """

    score: int | None = None
    comment: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    seen_version: int | None = None


@transaction.atomic
def record_response(
    *,
    token: str,
    score: int | None = None,
    comment: str = "",
    answers: Mapping[str, Any] | None = None,
    origin: str = Origin.PAGE,
    by: User | None = None,
    seen_version: int | None = None,
) -> Response:
    """The answer of the invitation after this part of it has come in.

    A part never wipes an earlier one: without a score the earlier score stays, and an empty
    comment or answer leaves the earlier one (unless `seen_version`, the version the person was
    looking at when emptying it, is still the current one). Every change makes a new version.
    Whoever comes at the same time waits for the invitation's lock.

    `by` is the signed-in user of the company, if any. What a user says is a version of its own
    that never takes the place of what the contact said, nor becomes part of it.

    Raises UnknownTokenError, ExpiredTokenError, TooManyVersionsError, and Refused
    (`score_missing`, `score_off_scale`, `comment_too_long`, and what
    surveys.answers.checked_answers refuses).
    """
    part = Part(score, comment, answers or {}, seen_version)
    invitation = _locked(Invitation.objects.filter(token_hash=tokens.hash_of(token)))
    if invitation is None:
        raise UnknownTokenError
    return _record(invitation, part, origin=origin, by=by)


@transaction.atomic
def record_for_invitation(
    *, invitation_id: int, part: Part, by: User | None = None, actor_label: str = ""
) -> Response:
    """As record_response, by a program that knows the invitation; audited.

    Raises UnknownTokenError where there is no such invitation, Refused (`not_asked`) where its
    mail has not gone out.
    """
    invitation = _locked(Invitation.objects.filter(pk=invitation_id))
    if invitation is None:
        raise UnknownTokenError
    if invitation.expires_at is None:
        raise Refused("This contact has not been asked yet.", code="not_asked")
    response = _record(invitation, part, origin=Origin.API, by=by)
    if by is None:
        audit.record(by=None, actor_label=actor_label, action="response.recorded", subject=response)
    return response


def _locked(found: QuerySet[Invitation]) -> Invitation | None:
    return found.select_for_update(of=("self",)).select_related("campaign", "contact").first()


def _record(invitation: Invitation, part: Part, *, origin: str, by: User | None) -> Response:
    if invitation.is_expired:
        raise ExpiredTokenError
    answers = _checked(invitation, part)
    current = invitation.responses.current().first()
    earlier = _earlier(invitation, current, is_by_user=by is not None)
    if earlier is None and part.score is None:
        raise Refused("An answer needs a score.", code="score_missing")
    now = timezone.now()
    following = _following(invitation, earlier, part, answers)
    if earlier is not None and _said(following) == _said(earlier):
        return earlier
    said_before = invitation.responses.filter(is_by_user=by is not None)
    if earlier is not None and said_before.count() >= MOST_VERSIONS:
        raise TooManyVersionsError
    is_aside = by is not None and current is not None and not current.is_by_user
    if current is not None and not is_aside:
        Response.objects.filter(pk=current.pk).update(superseded_at=now)
    if is_aside:
        following.superseded_at = now
    following.origin = Origin.USER if by is not None else _origin(earlier, part, origin)
    return _keep(following, by=by, now=now)


def _checked(invitation: Invitation, part: Part) -> dict[str, Any]:
    campaign = invitation.campaign
    if part.score is not None and part.score not in campaign.scores:
        raise Refused(
            f"A score is from {campaign.lowest_score} to {campaign.highest_score}.",
            code="score_off_scale",
        )
    if len(part.comment) > COMMENT_LENGTH:
        raise Refused(
            f"Please keep the comment to {COMMENT_LENGTH} characters.", code="comment_too_long"
        )
    return checked_answers(Content.of(campaign).questions, part.answers)


def _earlier(
    invitation: Invitation, current: Response | None, *, is_by_user: bool
) -> Response | None:
    """What this part adds to: the latest version of the same side, contact or users."""
    if current is None or current.is_by_user == is_by_user:
        return current
    return (
        invitation.responses.filter(is_by_user=is_by_user).order_by("-answered_at", "-pk").first()
    )


def _following(
    invitation: Invitation, earlier: Response | None, part: Part, answers: dict[str, Any]
) -> Response:
    """The next version, not saved: what came in, and the rest carried over."""
    following = Response(invitation=invitation, comment=part.comment.strip())
    is_emptying = earlier is not None and part.seen_version == earlier.pk
    following.answers = merged(earlier.answers if earlier else {}, answers, is_emptying=is_emptying)
    if part.score is not None:
        following.score = part.score
    if earlier is not None:
        following.score = earlier.score if part.score is None else part.score
        if not following.comment and not is_emptying:
            following.comment = earlier.comment
    return following


def _said(response: Response) -> tuple[object, ...]:
    return (response.score, response.comment, response.answers)


def _origin(earlier: Response | None, part: Part, origin: str) -> str:
    """Of where the score came from: words added later on the page do not change that."""
    if earlier is not None and part.score in (None, earlier.score):
        return earlier.origin
    return origin


def _keep(response: Response, *, by: User | None, now: dt.datetime) -> Response:
    response.is_by_user = by is not None
    response.answered_at = response.recorded_at = now
    response.save()
    follow_ups.after_response(response)
    invitation = response.invitation
    results_changed(invitation.campaign_id)
    since = min(invitation.sent_at or now, now)
    note_change(
        "responses",
        customer_id=invitation.contact.customer_id,
        from_day=since.astimezone(ZoneInfo(current_company().timezone)).date(),
    )
    if by is not None:
        audit.record(by=by, action="response.recorded", subject=response)
    return response
