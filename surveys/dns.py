"""Asking DNS for TXT records."""

from __future__ import annotations

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.formatting import format_number

PATIENCE = 5.0  # seconds for one question, over all name servers


class LookupFailedError(Exception):
    """DNS gave no answer; its text says why, for people. It says nothing about the record."""


def txt_records(name: str) -> list[str]:
    """The texts at a name, none where there is no such name. Raises LookupFailedError.

    Asks the machine's name servers, or those of DNS_SERVERS. Takes up to PATIENCE seconds.
    """
    try:
        found = _resolver().resolve(
            dns.name.from_text(name), "TXT", lifetime=PATIENCE, raise_on_no_answer=False
        )
    except dns.resolver.NXDOMAIN:
        return []
    except dns.resolver.LifetimeTimeout:
        raise LookupFailedError(
            _("No name server answered within {seconds} seconds.").format(
                seconds=format_number(PATIENCE)
            )
        ) from None
    except (dns.exception.DNSException, OSError) as error:
        raise LookupFailedError(
            _("The name servers gave no answer: {error}").format(error=error)
        ) from None
    if found.rrset is None:
        return []
    # A long text comes in pieces of 255 bytes, which belong together.
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found.rrset]


def _resolver() -> dns.resolver.Resolver:
    wanted: list[str] = settings.DNS_SERVERS
    resolver = dns.resolver.Resolver(configure=not wanted)
    if wanted:
        resolver.nameservers = [_server(text) for text in wanted]
    return resolver


def _server(text: str) -> dns.nameserver.Nameserver:
    """Of `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`."""
    address, port = text, "53"
    if text.startswith("["):
        address, _bracket, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        address, port = text.split(":")
    return dns.nameserver.Do53Nameserver(address, int(port))
