"""Signed values of accounts: each includes the company."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from tenants.context import current_company


class CompanyPasswordResetTokenGenerator(PasswordResetTokenGenerator):
    """Django's generator, bound to the company: equal user ids elsewhere give other tokens."""

    key_salt = "accounts.tokens.CompanyPasswordResetTokenGenerator"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{current_company().pk}|{super()._make_hash_value(user, timestamp)}"
