"""Which addresses a company may have, and what else to propose."""

from __future__ import annotations

import itertools
import re
import unicodedata

from django.utils.translation import gettext as _

from tenants.models import SLUG_PATTERN, Company
from tenants.spelling import german_letters

SHORTEST, LONGEST = 3, 40

# Names that look like ours, that mail and browsers treat specially, or that invite deceit.
RESERVED = frozenset(
    """
    about abuse account accounts admin administrator api app apps assets auth autoconfig
    autodiscover billing blog careers cdn community console contact css csm csm-portal dashboard
    demo dev dns docs download downloads email error errors events example exchange faq files
    find forum ftp git guest health healthz help home host hosting hostmaster images imap img
    info internal invite invitations isatap jobs legal live local localdomain localhost log login
    logout logs mail mailbox mailer-daemon media metrics monitor mx news newsletter nobody noc
    noreply no-reply ns1 ns2 oauth official ops owner partner partners password payment payments
    pop pop3 portal postmaster press pricing privacy private prod production proxy public readyz
    register registration reset root sales security server settings sign-in sign-out sign-up
    signin signout signup sip site smtp sso staff staging start static stats status store
    subdomain support survey surveys system team terms test testing tls tools undefined
    unsubscribe update upload uploads usenet user users uucp verify webmail webmaster website
    welcome wpad www www1 www2 xmpp
    """.split()  # noqa: SIM905 - a column of 180 quoted words is harder to keep in order
)


def slug_problem(slug: str) -> str | None:
    """Why no company may live at this address, in words for whoever chose it; None when one may.

    Costs a query when the form is right. Whether it stays free is known only when it is taken.
    """
    if not slug:
        return _("Choose an address.")
    if not re.fullmatch(SLUG_PATTERN.rstrip("$"), slug):
        return _form_problem(slug)
    if slug in RESERVED:
        return _("“{address}” is reserved.").format(address=slug)
    if Company.objects.filter(slug=slug).exists():
        return _("“{address}” is taken by another company.").format(address=slug)
    return None


def _form_problem(slug: str) -> str:
    """The first rule a malformed address breaks."""
    if not SHORTEST <= len(slug) <= LONGEST:
        return _("An address has {shortest} to {longest} characters.").format(
            shortest=SHORTEST, longest=LONGEST
        )
    if not slug[0].isascii() or not slug[0].isalpha() or slug != slug.lower():
        return _("An address begins with a small letter (a to z).")
    if slug.endswith("-"):
        return _("An address does not end with a hyphen.")
    if "--" in slug:
        return _("An address has no two hyphens in a row.")
    return _("An address has small letters (a to z), digits and hyphens only.")


def suggest_slug(words: str) -> str:
    """A free address that resembles `words`; costs one query. Never fails: at worst `company-n`."""
    letters = unicodedata.normalize("NFKD", german_letters(words))
    plain = letters.encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-").lstrip("0123456789-")[: LONGEST - 5]
    base = base.rstrip("-")
    if len(base) < SHORTEST:
        base = f"{base}-company".lstrip("-")
    taken = (
        set(Company.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    )
    candidates = itertools.chain([base, f"{base}-hq"], (f"{base}-{n}" for n in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)
