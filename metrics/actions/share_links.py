"""Making and revoking links that show figures to outsiders, and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.leaving import Belonging
from accounts.models import User
from metrics.models import BoardReport, ReportSettings, ShareLink
from metrics.reports.sharing import (
    LONGEST_DAYS,
    Selection,
    SelectionError,
    may_share,
    token_and_hash,
)

MOST_OPEN = 500


@transaction.atomic
def make_link(
    *,
    name: str,
    what: str,
    days: int,
    selection: dict[str, Any] | None = None,
    report: BoardReport | None = None,
    by: User | None,
    actor_label: str = "",
) -> tuple[ShareLink, str]:
    """A link and its token, which is told this once. Raises Refused, and PermissionDenied for a
    user who may not."""
    _check_may(by)
    if what not in ShareLink.What.values:
        raise Refused(
            _("what is one of {values}.").format(values=", ".join(ShareLink.What.values)),
            code="invalid_what",
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            _("A link lasts from 1 to {longest_days} days.").format(longest_days=LONGEST_DAYS),
            code="invalid_days",
        )
    if what == ShareLink.What.REPORT and (report is None or report.state != "made"):
        raise Refused(_("Say which report, one that is made."), code="invalid_report")
    now = timezone.now()
    if ShareLink.objects.open().count() >= MOST_OPEN:
        raise Refused(
            _("{most_open} links are open: revoke some first.").format(most_open=MOST_OPEN),
            code="too_many_links",
        )
    token, token_hash = token_and_hash()
    link = ShareLink.objects.create(
        name=name.strip() or "Link",
        what=what,
        selection=_selection(selection or {}) if what == ShareLink.What.METRIC else {},
        report=report if what == ShareLink.What.REPORT else None,
        token_hash=token_hash,
        made_at=now,
        made_by=by,
        made_by_label=actor_label or (by.name or by.email if by else audit.SYSTEM),
        expires_at=now + dt.timedelta(days=days),
    )
    audit.record(
        by=by,
        actor_label=actor_label,
        action="share_link.made",
        subject=link,
        detail={"what": what, "days": days, **link.selection},
    )
    return link, token


def _selection(values: dict[str, Any]) -> dict[str, Any]:
    try:
        return Selection.read(values).json()
    except SelectionError as error:
        raise Refused(str(error), code=f"invalid_{error.field}") from None


def _check_may(by: User | None) -> None:
    """As they are now: who is being deactivated makes no link that outlasts it."""
    if by is None:
        return
    present = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not (present.is_active and may_share(present)):
        raise PermissionDenied(_("Your role may not make links that show figures to outsiders."))


@transaction.atomic
def revoke_link(*, link: ShareLink, by: User | None, actor_label: str = "") -> None:
    """The link shows nothing from now on. Twice is harmless."""
    _check_may(by)
    label = actor_label or (by.name or by.email if by else audit.SYSTEM)
    mine = ShareLink.objects.filter(pk=link.pk, revoked_at=None)
    if mine.update(revoked_at=timezone.now(), revoked_by_label=label):
        audit.record(by=by, actor_label=actor_label, action="share_link.revoked", subject=link)


@transaction.atomic
def revoke_links_of(user: User, by: User) -> str:
    """All open links that a user made who may make none any more; what went, in a sentence."""
    if user.is_active and may_share(user):
        return ""
    mine = ShareLink.objects.open().filter(made_by=user).select_for_update()
    names = list(mine.values_list("name", flat=True))
    if not names:
        return ""
    mine.update(revoked_at=timezone.now(), revoked_by_label=by.name or by.email)
    audit.record(
        by=by,
        action="share_links.revoked",
        subject=user,
        detail={"links_revoked": ", ".join(names)},
    )
    return ngettext(
        "{count} share link they made shows nothing any more.",
        "{count} share links they made show nothing any more.",
        len(names),
    ).format(count=format_number(len(names)))


def told_of_links(users: Sequence[User]) -> dict[int, str]:
    """By user's id, how many open links would be revoked, in a sentence. A query."""
    open_links = ShareLink.objects.open().filter(made_by__in=users).order_by()
    return {
        user_id: ngettext(
            "{count} share link they made is revoked when they are deactivated, or get a role that"
            " may not share.",
            "{count} share links they made are revoked when they are deactivated, or get a role"
            " that may not share.",
            count,
        ).format(count=format_number(count))
        for user_id, count in open_links.values_list("made_by").annotate(count=Count("pk"))
    }


LINKS = Belonging("share links", told_of_links, revoke_links_of)


@transaction.atomic
def change_report_settings(
    *, managers_may_share: bool, by: User | None, actor_label: str = ""
) -> ReportSettings:
    held, _ = ReportSettings.objects.get_or_create(pk=ReportSettings.ONLY)
    if held.managers_may_share != managers_may_share:
        held.managers_may_share = managers_may_share
        held.save(update_fields=["managers_may_share"])
        audit.record(
            by=by,
            actor_label=actor_label,
            action="report_settings.changed",
            subject=held,
            detail={"managers_may_share": managers_may_share},
        )
    return held
