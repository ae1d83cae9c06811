"""allauth's app, without its demand that its middleware be listed by its own name.

Ours wraps that middleware so that it runs on company hosts only: the public host has no users.
"""

from __future__ import annotations

from allauth.account.apps import AccountConfig


class SignInConfig(AccountConfig):  # type: ignore[misc]
    """`allauth.account`, checked as usual; csm_portal.middleware.account_middleware runs it."""

    name = "allauth.account"

    def ready(self) -> None:
        from allauth.account import checks  # noqa: F401
