"""The token in an invitation's link: who holds it may answer, without signing in.

A mail may have to be made again (a refusal for now, a reminder), so the token must be
reproducible; yet whoever reads the database must not be able to answer for anybody. So:

- an invitation keeps a seed of 128 random bits; the token is an HMAC-SHA256 (192 bits of it) of
  the company and the seed under SECRET_KEY. The rows alone give no token.
- an invitation also keeps the token's hash (accounts.secrets, which includes the company), and
  answering looks that hash up. So a link goes on working when SECRET_KEY is changed, and does
  nothing at another company, even where its rows were copied.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from django.conf import settings

from accounts.secrets import hash_secret
from surveys.models import Invitation
from tenants.context import current_company

SEED_BYTES = 16
TOKEN_BYTES = 24  # 32 characters, no padding


def new_seed() -> str:
    """128 random bits as 32 hex digits."""
    return secrets.token_hex(SEED_BYTES)


def hash_of(token: str) -> str:
    """What an invitation of this company keeps of its token."""
    return hash_secret(purpose="surveys.invitation", secret=token)


def derive(seed: str, key: str = "") -> str:
    """The token of a seed in the company of the connection; `key` defaults to SECRET_KEY."""
    message = f"surveys.invitation:{current_company().pk}:{seed}".encode()
    digest = hmac.digest((key or settings.SECRET_KEY).encode(), message, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()


def token_of(invitation: Invitation) -> str:
    """The token whose hash the invitation keeps.

    When no known key makes it any more (SECRET_KEY was changed without a fallback), the
    invitation gets the hash of a new token, so that a mail still to come has a link that works;
    this then costs a query.
    """
    for key in (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)):
        token = derive(invitation.token_seed, key)
        if hmac.compare_digest(hash_of(token), invitation.token_hash):
            return token
    token = derive(invitation.token_seed)
    invitation.token_hash = hash_of(token)
    invitation.save(update_fields=["token_hash"])
    return token
