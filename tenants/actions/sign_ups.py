"""Asking for a company, proving the address, and having the company made."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.timezone import now

from tenants.actions.companies import create_company
from tenants.jobs import enqueue
from tenants.languages import ENGLISH
from tenants.limits import Limit
from tenants.models import Company, SignUp

LINK_VALID_FOR = dt.timedelta(hours=48)
KEPT_FOR = dt.timedelta(days=7)
WRONG_PASSWORDS_PER_LINK = Limit("sign-up-password", 10, int(KEPT_FOR.total_seconds()))


class LinkExpiredError(ValueError):
    """The verification link is older than LINK_VALID_FOR."""


class WrongPasswordError(ValueError):
    """Not the password chosen at sign-up."""


class LinkDeadError(ValueError):
    """Too many wrong passwords were tried with this link."""


@transaction.atomic
def ask_for_company(
    *,
    company_name: str,
    slug: str,
    email: str,
    password: str,
    name: str = "",
    timezone: str = "UTC",
    currency: str = "USD",
    language: str = ENGLISH,
) -> SignUp:
    """Remember who asks for what and mail them a link; nothing is reserved until they follow it.

    The address may belong to users of other companies: that is neither found out nor told.
    `language` is of who asks; it will be the company's, as `timezone` and `currency` will.
    """
    sign_up = SignUp.objects.create(
        company_name=company_name,
        slug=slug,
        email=email.lower(),
        name=name,
        password=make_password(password),
        timezone=timezone,
        currency=currency,
        language=language,
        token_hash=_hash(secrets.token_hex(32)),
    )
    _queue_mail(sign_up)
    return sign_up


def send_link_again(*, sign_up: SignUp) -> None:
    """A new link, valid for its full time; the earlier one stops working. Not once verified."""
    if sign_up.verified_at is None:
        _queue_mail(sign_up)


@transaction.atomic
def renew_token(*, sign_up: SignUp) -> str:
    """A fresh secret for the link, made while its mail is written; only its hash is stored."""
    token = secrets.token_hex(32)
    sign_up.token_hash = _hash(token)
    sign_up.mailed_at = now()
    sign_up.save(update_fields=["token_hash", "mailed_at"])
    return token


def find_sign_up(token: str) -> SignUp | None:
    """The sign-up this link belongs to, whatever its state."""
    return SignUp.objects.select_related("company").filter(token_hash=_hash(token)).first()


def is_expired(sign_up: SignUp) -> bool:
    """Whether the link came too long ago. Once followed it never expires."""
    age = now() - sign_up.mailed_at
    return sign_up.verified_at is None and age > LINK_VALID_FOR


def is_dead(sign_up: SignUp) -> bool:
    """Whether the link was used up by wrong passwords. A new link starts afresh."""
    return sign_up.company is None and WRONG_PASSWORDS_PER_LINK.is_spent(sign_up.token_hash)


def verify_sign_up(*, sign_up: SignUp, password: str, slug: str | None = None) -> Company:
    """The address is proved: make the company (its schema follows by job). Twice does no harm.

    The link proves whose mailbox it is, the password chosen at sign-up that the same person
    signed up: anybody can type somebody else's address there, and would own the company as soon
    as that person follows the link. `slug` asks for another address than the one signed up with.

    Raises WrongPasswordError, LinkDeadError and LinkExpiredError, then nothing was changed;
    SlugTakenError when somebody else took the address first, then nothing but the proof.
    """
    if sign_up.company is not None:
        return sign_up.company
    if is_expired(sign_up):
        raise LinkExpiredError("This link has expired.")
    _check_password(sign_up, password)
    with transaction.atomic():
        locked = SignUp.objects.select_for_update().get(pk=sign_up.pk)
        if locked.company is not None:
            return locked.company
        if is_expired(locked):
            raise LinkExpiredError("This link has expired.")
        locked.verified_at = locked.verified_at or now()
        locked.save(update_fields=["verified_at"])
    with transaction.atomic():
        locked = SignUp.objects.select_for_update().get(pk=sign_up.pk)
        if locked.company is not None:
            return locked.company
        if slug is not None:
            locked.slug = slug
            locked.save(update_fields=["slug"])
        return create_company(name=locked.company_name, slug=locked.slug, sign_up=locked)


def forget_old_sign_ups() -> int:
    """Delete what nobody confirmed in time, password hash and all; return how many."""
    deleted, _ = SignUp.objects.filter(company=None, created_at__lt=now() - KEPT_FOR).delete()
    return deleted


def _check_password(sign_up: SignUp, password: str) -> None:
    """Count before looking, so that tries at the same time cannot outrun the limit."""
    if not WRONG_PASSWORDS_PER_LINK.allows(sign_up.token_hash):
        raise LinkDeadError("Too many wrong passwords.")
    if not check_password(password, sign_up.password):
        raise WrongPasswordError("That is not the password chosen at sign-up.")
    WRONG_PASSWORDS_PER_LINK.forget(sign_up.token_hash)


def _hash(token: str) -> str:
    return hashlib.sha256(f"sign_up:{token}".encode()).hexdigest()


def _queue_mail(sign_up: SignUp) -> None:
    enqueue(
        "tenants.send_sign_up_link",
        key=f"sign-up-link-{sign_up.pk}",
        payload={"sign_up_id": sign_up.pk},
    )
