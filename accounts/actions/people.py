"""Bringing users in, changing what they may do, and letting them go."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import leaving
from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import Role, User
from tenants.actions import directory
from tenants.context import current_company


@transaction.atomic
def add_user(
    *,
    email: str,
    name: str,
    role: str,
    password: str | None = None,
    password_hash: str = "",
    by: User | None = None,
) -> User:
    """An active user whose address is verified, also listed for "find my company".

    The caller has proof of the address (a link in a mail, or a command). A `password_hash` is
    taken as it is. Raises Refused when the address already belongs to a user here.
    """
    address = email.strip().lower()
    refuse_known_address(address)
    user = User.objects.create_user(email=address, name=name, role=role, password=password)
    if password_hash:
        user.password = password_hash
        user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    directory.enter(company=current_company(), email=address)
    audit.record(by=by or user, action="user.added", subject=user, detail={"role": role})
    return user


def refuse_known_address(email: str) -> None:
    """Raise Refused when the address belongs to a user here, active or not."""
    known = User.objects.filter(email=email).first()
    if known is None:
        return
    if known.is_active:
        raise Refused(_("{email} is already a user here.").format(email=email), code="user_exists")
    raise Refused(
        _("{email} is a deactivated user. Reactivate them under People instead.").format(
            email=email
        ),
        code="user_deactivated",
    )


@transaction.atomic
def change_role(*, user: User, role: str, by: User) -> list[str]:
    """Give the user another role; what went with the one they had, in sentences. Owners are made
    and unmade by owners only.

    Raises PermissionDenied when `by` may not, Refused when no active owner would be left.
    """
    if role not in Role.values:
        raise ValueError(f"Unknown role {role!r}.")
    user = _lock(user)
    _require_owner_for(by, is_about_owner=user.is_owner or role == Role.OWNER)
    if user.role == role:
        return []
    if user.is_owner and user.is_active:
        _refuse_to_lose_last_owner(user)
    before, user.role = user.role, role
    user.save(update_fields=["role"])
    audit.record(
        by=by, action="user.role_changed", subject=user, detail={"from": before, "to": role}
    )
    return leaving.take_from(user, by)


@transaction.atomic
def deactivate_user(*, user: User, by: User) -> list[str]:
    """Keep the user out from now on and end their sessions; what they did stays, and what went
    with them is told in sentences.

    Raises PermissionDenied for an owner unless `by` is one, Refused for oneself and for the
    last active owner.
    """
    user = _lock(user)
    _require_owner_for(by, is_about_owner=user.is_owner)
    if user.pk == by.pk:
        raise Refused(_("You cannot deactivate yourself."), code="user_is_self")
    if not user.is_active:
        return []
    if user.is_owner:
        _refuse_to_lose_last_owner(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.end_sessions()
    directory.leave(company=current_company(), email=user.email)
    audit.record(by=by, action="user.deactivated", subject=user)
    return leaving.take_from(user, by)


@transaction.atomic
def reactivate_user(*, user: User, by: User) -> None:
    """Let a deactivated user sign in again with the password they had."""
    user = _lock(user)
    _require_owner_for(by, is_about_owner=user.is_owner)
    if user.is_active:
        return
    user.is_active = True
    user.save(update_fields=["is_active"])
    directory.enter(company=current_company(), email=user.email)
    audit.record(by=by, action="user.reactivated", subject=user)


PROFILE = ("name", "language", "notation")


@transaction.atomic
def change_profile(*, user: User, values: Mapping[str, str]) -> None:
    """Change how the user is called and spoken to (PROFILE); only they do."""
    changes = {
        field: [getattr(user, field), values[field]]
        for field in PROFILE
        if values[field] != getattr(user, field)
    }
    for field, (_before, after) in changes.items():
        setattr(user, field, after)
    if changes:
        user.save(update_fields=list(changes))
    if "name" in changes:
        detail = {"name": changes["name"]}
        audit.record(by=user, action="user.renamed", subject=user, detail=detail)


def _lock(user: User) -> User:
    """The row as it is now, after taking every active owner's lock, always in one order.

    Two owners unmaking each other at once would each see the other still there; with the locks
    the second waits, and then counts what the first left.
    """
    list(User.objects.active_owners().select_for_update().order_by("pk").values_list("pk"))
    return User.objects.get_queryset().select_for_update().get(pk=user.pk)


def _require_owner_for(by: User, *, is_about_owner: bool) -> None:
    if is_about_owner and not by.may_own:
        raise PermissionDenied("Only an owner can make, unmake or deactivate an owner.")


def _refuse_to_lose_last_owner(user: User) -> None:
    if not User.objects.active_owners().exclude(pk=user.pk).exists():
        raise Refused(
            _("This is the company's last active owner. Make someone else an owner first."),
            code="last_owner",
        )
