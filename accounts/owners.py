"""The first user of a new company."""

from __future__ import annotations

from accounts.actions.people import add_user
from accounts.models import Role, User
from tenants import registry
from tenants.models import Company, SignUp


def register() -> None:
    """Have every new company's owner made once its schema is there."""
    if create_owner not in registry.on_company_ready:
        registry.on_company_ready.append(create_owner)


def create_owner(company: Company, sign_up: SignUp | None) -> None:
    """Make the owner from the sign-up. Idempotent.

    The link proved the address, and the password typed there that its owner signed up
    (tenants.actions.sign_ups.verify_sign_up). Runs inside the company's schema. Does nothing
    without a sign-up.
    """
    if sign_up is None or User.objects.filter(email=sign_up.email.lower()).exists():
        return
    add_user(
        email=sign_up.email, name=sign_up.name, role=Role.OWNER, password_hash=sign_up.password
    )
