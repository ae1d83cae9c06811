"""How often somebody outside may ask, counted per address and per network over all companies."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

HOUR = 3600


@dataclass(frozen=True)
class Limit:
    """`amount` times within `seconds`, counted from the first."""

    name: str
    amount: int
    seconds: int

    def allows(self, who: str) -> bool:
        """Count one try of `who`; False when it is one too many. Costs two cache calls."""
        key = self._key(who)
        cache.add(key, 0, self.seconds)
        try:
            return int(cache.incr(key)) <= self.amount
        except ValueError:  # it ran out between the two calls
            cache.add(key, 1, self.seconds)
            return True

    def is_spent(self, who: str) -> bool:
        """Whether the next try of `who` would be one too many. Counts nothing."""
        return int(cache.get(self._key(who), 0)) >= self.amount

    def forget(self, who: str) -> None:
        """Start counting `who` from nothing."""
        cache.delete(self._key(who))

    def _key(self, who: str) -> str:
        digest = hashlib.sha256(who.lower().encode()).hexdigest()
        return f"limit:{self.name}:{digest}"


PER_NETWORK = Limit("public-network", 120, HOUR)
SIGN_UP_PER_ADDRESS = Limit("sign-up-address", 10, HOUR)
RESEND_PER_SIGN_UP = Limit("sign-up-resend", 5, HOUR)
FIND_PER_ADDRESS = Limit("find-address", 5, HOUR)


def network_of(request: HttpRequest) -> str:
    """The caller's IPv4 address or IPv6 /64, past as many proxies as the settings trust."""
    address = request.META.get("REMOTE_ADDR", "")
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(forwarded) >= proxies:
        address = forwarded[-proxies]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
