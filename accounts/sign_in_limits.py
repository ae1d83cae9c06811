"""How many wrong passwords an address may have, counted over all companies (cache `default`).

Per address and network allauth counts, strictly: nobody elsewhere keeps anybody out. Per address
alone we count here, widely, so that guessing from many networks is slowed. That wide limit does
not hold where the address signed in lately, so many networks together keep nobody out of there.
"""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest

from tenants.limits import HOUR, Limit, network_of

FAILED_PER_ADDRESS = Limit("sign-in-failed-address", 100, HOUR)
REMEMBERED_FOR = 30 * 24 * HOUR


def at_network(request: HttpRequest, email: str) -> str:
    """What the strict limit counts by."""
    return f"{email.lower()} {network_of(request)}"


def is_address_spent(request: HttpRequest, email: str) -> bool:
    """Whether an address had too many wrong passwords, asked from a network it is new to."""
    return FAILED_PER_ADDRESS.is_spent(email) and cache.get(_key(request, email)) is None


def remember_sign_in(request: HttpRequest, email: str) -> None:
    """The address, proved to be the user's, signed in from this network."""
    cache.set(_key(request, email), True, REMEMBERED_FOR)


def _key(request: HttpRequest, email: str) -> str:
    digest = hashlib.sha256(at_network(request, email).encode()).hexdigest()
    return f"signed-in-before:{digest}"
