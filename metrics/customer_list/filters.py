"""Which customers the list shows: what its address may say, read once for page, file and API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from customers.models import Plan, Product
from customers.owners import EVERYBODY, Owned, owned_of
from metrics.health.filters import (
    LONGEST,
    MOST_DAYS,
    FilterError,
    bands_of,
    number_of,
    words_of,
)

STATES = {
    "paying": gettext_noop("Paying"),
    "not_paying": gettext_noop("Not paying"),
    "at_risk": gettext_noop("At risk (red and paying)"),
}
NAMES = (
    "q",
    "owner",
    "state",
    "band",
    "product",
    "plan",
    "mrr_from",
    "mrr_to",
    "renews_within",
    "signed_from",
    "signed_to",
)
ATTRIBUTE = "a."
"""Before an attribute's key: `a.region=EMEA`."""
UNKNOWN = "none"
"""The value that stands for having none."""
DIGITS = 19
"""Of ids, which may have as many."""
MOST_ATTRIBUTES = 10
MOST_MONEY = Decimal(10) ** 15


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`bands`: any of them. `attributes`: each (key, value) holds today; money is a month's, in the
    currency of the figures; `renews_within`: days; days of signing up are both included."""

    words: str = ""
    owned: Owned = EVERYBODY
    state: str = ""
    bands: tuple[str, ...] = ()
    product: int | None = None
    plan: int | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    mrr_from: Decimal | None = None
    mrr_to: Decimal | None = None
    renews_within: int | None = None
    signed_from: dt.date | None = None
    signed_to: dt.date | None = None

    @property
    def is_any(self) -> bool:
        return self != Filters()


def is_filter(name: str) -> bool:
    return name in NAMES or (name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE))


def filters_of(params: Mapping[str, str], user: User | None) -> Filters:
    """Out of a query string; `band` may be several with commas. Without `owner` a manager's own,
    everybody's for whoever else asks. Raises FilterError."""
    state = params.get("state", "")
    if state and state not in STATES:
        raise FilterError(
            "state",
            _("state must be one of {states}; got {state}.").format(
                states=", ".join(STATES), state=state[:100]
            ),
        )
    return Filters(
        words=words_of(params),
        owned=_owned(params, user),
        state=state,
        bands=bands_of(params),
        product=_known(params, "product", products),
        plan=_known(params, "plan", plans),
        attributes=_attributes(params),
        mrr_from=_money(params, "mrr_from"),
        mrr_to=_money(params, "mrr_to"),
        renews_within=number_of(params, "renews_within", MOST_DAYS, digits=DIGITS),
        signed_from=_day(params, "signed_from"),
        signed_to=_day(params, "signed_to"),
    )


def products() -> list[tuple[int, str]]:
    return list(Product.objects.order_by("name").values_list("pk", "name"))


def plans() -> list[tuple[int, str]]:
    found = Plan.objects.select_related("product").order_by("product__name", "name")
    return [(plan.pk, str(plan)) for plan in found]


def _owned(params: Mapping[str, str], user: User | None) -> Owned:
    if user is not None:
        return owned_of(params, user)
    asked = params.get("owner", "").replace("\0", "").strip()[:LONGEST]
    if asked in ("", "all"):
        return EVERYBODY
    if asked == "me":
        raise FilterError("owner", _("An API key is nobody: owner cannot be me. Name the owner."))
    return Owned(choice=asked, names=() if asked == UNKNOWN else (asked.lower(),))


def _known(
    params: Mapping[str, str], name: str, known: Callable[[], list[tuple[int, str]]]
) -> int | None:
    number = number_of(params, name, 2**62, digits=DIGITS)
    if number is not None and number not in dict(known()):
        raise FilterError(name, _("There is no {name} {number}.").format(name=name, number=number))
    return number


def _attributes(params: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = sorted(
        (name.removeprefix(ATTRIBUTE).replace("\0", ""), value.replace("\0", "").strip()[:LONGEST])
        for name, value in params.items()
        if name.startswith(ATTRIBUTE) and value.strip()
    )
    if len(found) > MOST_ATTRIBUTES:
        raise FilterError(
            found[0][0],
            _("At most {most_attributes} attributes can be asked for.").format(
                most_attributes=MOST_ATTRIBUTES
            ),
        )
    return tuple(found)


def _money(params: Mapping[str, str], name: str) -> Decimal | None:
    text = params.get(name, "").strip()
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and text.isascii() and abs(amount) <= MOST_MONEY):
        raise FilterError(
            name,
            _("{name} must be an amount like 1500 or 99.50; got {text}.").format(
                name=name, text=text[:40]
            ),
        )
    return amount


def _day(params: Mapping[str, str], name: str) -> dt.date | None:
    text = params.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise FilterError(
            name,
            _("{name} must be a day like 2025-12-31; got {text}.").format(
                name=name, text=text[:40]
            ),
        ) from None
