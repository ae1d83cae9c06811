"""Secrets of one company: made at random, kept only as a hash that includes the company.

A hash copied into another company's rows matches nothing there, even for the same id.
"""

from __future__ import annotations

import hashlib
import secrets

from django.utils.crypto import constant_time_compare

from tenants.context import current_company

SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits, safe in an URL and in an HTTP header."""
    return secrets.token_hex(SECRET_BYTES)


def hash_secret(*, purpose: str, secret: str) -> str:
    """64 hex digits for this purpose and the company of the connection; raises without one."""
    company = current_company()
    return hashlib.sha256(f"{company.pk}:{purpose}:{secret}".encode()).hexdigest()


def secret_matches(*, purpose: str, secret: str, stored_hash: str) -> bool:
    """Whether `secret` made `stored_hash` here; the time does not depend on either."""
    return constant_time_compare(hash_secret(purpose=purpose, secret=secret), stored_hash)
