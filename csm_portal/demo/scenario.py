"""What is particular about each demo company: what it sells, to whom, and what happened to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from csm_portal.demo.catalogue import Catalogue, Plan
from csm_portal.demo.chance import months_after


@dataclass(frozen=True)
class Size:
    """A size of customers. `seats` (least, most, mode) to begin with; `plans` are weights by the
    plan's number; `discounts` in per cent and `contacts` are drawn from evenly; `risk` as in
    life.Terms."""

    share: float
    seats: tuple[float, float, float]
    plans: dict[str, float]
    share_yearly: float
    discounts: tuple[int, ...] = (0,)
    contacts: tuple[int, ...] = (1,)
    risk: float = 1.0


@dataclass(frozen=True)
class Wave:
    """A part of each quarter's campaign: who is asked `days_ago` days before the as-of day, and
    13, 26, ... weeks before that. Without regions or segments: all of them. 0: on the day."""

    days_ago: int
    label: str = ""
    regions: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    def asks(self, attributes: dict[str, str]) -> bool:
        return (not self.regions or attributes["Region"] in self.regions) and (
            not self.segments or attributes["Segment"] in self.segments
        )


@dataclass(frozen=True)
class Scenario:
    """One demo company. Months of what happened count back from the month of the as-of day."""

    name: str
    slug: str
    prefix: str
    timezone: str
    currency: str
    months: int
    launch_customers: float
    sign_ups_at_first: float
    sign_ups_at_last: float
    plans: tuple[Plan, ...]
    sizes: dict[str, Size]
    industries: dict[str, float]
    regions: dict[str, float]
    channels: dict[str, float]
    owners: dict[str, tuple[str, ...]]
    extras: tuple[Plan, ...] = ()
    prices_rose_months_ago: int | None = None
    bad_onboarding_months_ago: tuple[int, ...] = ()
    # Together everybody, each once a quarter; the wave of 0 days is the one that is really sent.
    waves: tuple[Wave, ...] = (Wave(0),)
    past_quarters: int = 1
    # The share of the contacts asked on the as-of day that answer at once.
    answers_today: float = 0.0
    people: dict[str, str] = field(default_factory=dict)

    def first_day(self, as_of: dt.date) -> dt.date:
        return months_after(as_of.replace(day=1), -self.months)

    def catalogue(self, as_of: dt.date) -> Catalogue:
        months_ago = self.prices_rose_months_ago
        raised_on = None if months_ago is None else months_after(as_of.replace(day=1), -months_ago)
        return Catalogue(self.plans, self.extras, raised_on)

    def is_bad_cohort(self, day: dt.date, as_of: dt.date) -> bool:
        """Signed up while nobody had time for new customers."""
        ago = (as_of.year - day.year) * 12 + as_of.month - day.month
        return ago in self.bad_onboarding_months_ago


WORKSPACE = "Northwind Workspace"
NORTHWIND = Scenario(
    name="Northwind Cloud",
    slug="northwind",
    prefix="NW",
    timezone="America/New_York",
    currency="USD",
    months=36,
    launch_customers=12,
    sign_ups_at_first=7.2,
    sign_ups_at_last=12.5,
    plans=(
        Plan(WORKSPACE, "Starter", Decimal(12)),
        Plan(WORKSPACE, "Team", Decimal(22), raised=Decimal(24)),
        Plan(WORKSPACE, "Business", Decimal(36), raised=Decimal("39.50")),
    ),
    extras=(
        Plan("Northwind Insights", "Insights", Decimal(6)),
        Plan("Premium Support", "Premium Support", Decimal(145), is_per_seat=False),
    ),
    sizes={
        "Small": Size(0.5, (2, 12, 5), {"0": 0.8, "1": 0.2}, 0.25, risk=1.15),
        "Mid-market": Size(
            0.36,
            (8, 40, 16),
            {"0": 0.25, "1": 0.6, "2": 0.15},
            0.45,
            (0, 0, 5, 10),
            (1, 2, 2),
            risk=0.9,
        ),
        "Enterprise": Size(
            0.14, (20, 90, 34), {"1": 0.55, "2": 0.45}, 0.7, (5, 10, 15, 20), (2, 3), risk=0.5
        ),
    },
    industries={
        "Software": 0.22,
        "Logistics": 0.12,
        "Healthcare": 0.13,
        "Finance": 0.12,
        "Manufacturing": 0.12,
        "Retail": 0.12,
        "Education": 0.08,
        "Media": 0.09,
    },
    regions={"North America": 0.48, "Europe": 0.32, "Asia Pacific": 0.14, "Latin America": 0.06},
    channels={"Inbound": 0.46, "Outbound": 0.26, "Referral": 0.16, "Partner": 0.12},
    owners={
        "Small": ("Tom Becker", "Priya Raman"),
        "Mid-market": ("Priya Raman", "Maya Lindqvist"),
        "Enterprise": ("Maya Lindqvist",),
    },
    prices_rose_months_ago=5,
    bad_onboarding_months_ago=(12, 13, 14),
    answers_today=0.22,
    waves=(
        Wave(61, "North America, small", ("North America",), ("Small",)),
        Wave(33, "Asia Pacific and Latin America", ("Asia Pacific", "Latin America")),
        Wave(6, "North America, larger", ("North America",), ("Mid-market", "Enterprise")),
        Wave(0, "Europe", ("Europe",)),
    ),
    past_quarters=4,
    people={
        "owner": "Nora Winfield",
        "admin": "Samuel Ortega",
        "manager": "Maya Lindqvist",
        "viewer": "Victor Hale",
    },
)
HARBOR = Scenario(
    name="Harbor Analytics",
    slug="harbor",
    prefix="HA",
    timezone="Europe/London",
    currency="GBP",
    months=8,
    launch_customers=4,
    sign_ups_at_first=2.2,
    sign_ups_at_last=2.8,
    plans=(
        Plan("Harbor", "Core", Decimal(18)),
        Plan("Harbor", "Pro", Decimal(32)),
    ),
    sizes={
        "Small": Size(0.7, (2, 10, 5), {"0": 0.8, "1": 0.2}, 0.2, contacts=(1, 2)),
        "Mid-market": Size(0.3, (8, 30, 12), {"0": 0.4, "1": 0.6}, 0.4, (0, 10), (2,)),
    },
    industries={"Software": 0.3, "Retail": 0.3, "Media": 0.2, "Finance": 0.2},
    regions={"United Kingdom": 0.7, "Ireland": 0.2, "Netherlands": 0.1},
    channels={"Inbound": 0.6, "Referral": 0.4},
    owners={"Small": ("Hugo Marsh",), "Mid-market": ("Hugo Marsh",)},
    answers_today=0.45,
    people={
        "owner": "Helen Marsh",
        "admin": "Ada Whitlock",
        "manager": "Hugo Marsh",
        "viewer": "Violet Dean",
    },
)
BLANK_PEOPLE = {
    "owner": "Olive Blank",
    "admin": "Arthur Blank",
    "manager": "Martha Blank",
    "viewer": "Vera Blank",
}
