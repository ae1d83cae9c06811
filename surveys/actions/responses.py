"""Writing down what somebody answered."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.actions.feed import note_change
from surveys import tokens
from surveys.models import Invitation, Origin, Response
from tenants.context import current_company


class UnknownTokenError(Refused):
    """No invitation of this company has the token."""

    def __init__(self) -> None:
        super().__init__("There is no such survey link.", code="token_unknown")


class ExpiredTokenError(Refused):
    """The invitation can no longer be answered."""

    def __init__(self) -> None:
        super().__init__("This survey has ended.", code="token_expired")


@transaction.atomic
def record_response(
    *,
    token: str,
    score: int | None = None,
    comment: str = "",
    origin: str = Origin.PAGE,
    by: User | None = None,
    seen_version: int | None = None,
) -> Response:
    """The current answer of the invitation after this part of it has come in.

    A part never wipes an earlier one: without a score the earlier score stays, an empty comment
    leaves the earlier comment (unless `seen_version`, the version the person was looking at when
    emptying it, is still the current one). Every change makes a new version. Whoever comes at the
    same time waits for the invitation's lock. `by` is the signed-in user of the company, if any.

    Raises UnknownTokenError, ExpiredTokenError, and Refused (`score_missing`, `score_off_scale`).
    """
    invitation = (
        Invitation.objects.select_for_update().filter(token_hash=tokens.hash_of(token)).first()
    )
    if invitation is None:
        raise UnknownTokenError
    if invitation.is_expired:
        raise ExpiredTokenError
    if score is not None and not 0 <= score <= 10:
        raise Refused("A score is from 0 to 10.", code="score_off_scale")
    current = invitation.responses.current().first()
    if current is None and score is None:
        raise Refused("An answer needs a score.", code="score_missing")
    now = timezone.now()
    following = _merged(current, invitation, score=score, comment=comment, seen=seen_version)
    if current is not None:
        if (following.score, following.comment) == (current.score, current.comment):
            return current
        Response.objects.filter(pk=current.pk).update(superseded_at=now)
    return _keep(following, origin=origin, by=by, now=now)


def _merged(
    current: Response | None,
    invitation: Invitation,
    *,
    score: int | None,
    comment: str,
    seen: int | None,
) -> Response:
    """The next version, not saved: what came in, and the rest carried over."""
    merged = Response(invitation=invitation, comment=comment.strip())
    if score is not None:
        merged.score = score
    if current is not None:
        merged.score = current.score if score is None else score
        if not merged.comment and seen != current.pk:
            merged.comment = current.comment
    return merged


def _keep(response: Response, *, origin: str, by: User | None, now: dt.datetime) -> Response:
    response.origin = Origin.USER if by is not None else origin
    response.is_by_user = by is not None
    response.answered_at = response.recorded_at = now
    response.save()
    invitation = response.invitation
    since = min(invitation.sent_at or now, now)
    note_change(
        "responses",
        customer_id=invitation.contact.customer_id,
        from_day=since.astimezone(ZoneInfo(current_company().timezone)).date(),
    )
    if by is not None:
        audit.record(by=by, action="response.recorded", subject=response)
    return response
