"""Secrets that we have to be able to read again, kept encrypted.

The key is made of SECRET_KEY and the company, so a row copied into another company's schema, or
a database without the settings, gives nothing away.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tenants.context import current_company

PURPOSE = b"customers.webhooks.secrets"


def encrypted(secret: str) -> str:
    """The secret as it may be stored; empty stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def decrypted(stored: str) -> str:
    """The secret; empty where it cannot be read any more (SECRET_KEY was changed)."""
    if not stored:
        return ""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except InvalidToken:
        return ""


def _fernet() -> MultiFernet:
    """Reads what was written under SECRET_KEY or one of SECRET_KEY_FALLBACKS."""
    company = str(current_company().pk).encode()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(str(key), company)) for key in keys])


def _key(secret_key: str, company: bytes) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=company, info=PURPOSE)
    return base64.urlsafe_b64encode(derive.derive(secret_key.encode()))
