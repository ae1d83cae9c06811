"""Fills in the demo companies, once each. What is there already is left as it is."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions import audit
from accounts.actions.company import change_company_settings
from accounts.models import AuditEntry, User
from csm_portal.demo import loading
from csm_portal.demo.aims import set_aims
from csm_portal.demo.answered import follow_up_on_low_answers, tag_by_topic
from csm_portal.demo.campaigns import current_campaign, past_campaigns
from csm_portal.demo.files import files
from csm_portal.demo.occasions import ask_on_occasions
from csm_portal.demo.recommended import bring_in_referrals
from csm_portal.demo.scenario import BLANK_PEOPLE, HARBOR, NORTHWIND, Scenario
from csm_portal.demo.work import give_work
from csm_portal.demo.world import build
from customers.actions.bringing_in import is_in
from tenants.actions.companies import create_company
from tenants.context import current_company
from tenants.jobs import finish
from tenants.models import Company, SignUp

SEED = 3
PASSWORD = "welcome-to-the-demo"  # noqa: S105 - printed; the command refuses to run outside dev
BEGUN, FILLED = "demo.begun", "demo.filled"
LABEL = "manage.py demo"

Say = Callable[[str], object]


@dataclass(frozen=True)
class DemoCompany:
    """`scenario` None: the company stays empty, to show what a new one looks like."""

    name: str
    slug: str
    people: dict[str, str]
    scenario: Scenario | None = None

    @property
    def settings(self) -> dict[str, str]:
        if self.scenario is None:
            return {}
        return {"timezone": self.scenario.timezone, "currency": self.scenario.currency}


def _of(scenario: Scenario) -> DemoCompany:
    return DemoCompany(scenario.name, scenario.slug, scenario.people, scenario)


# The last one's mails are the newest in the mailbox.
COMPANIES = (_of(HARBOR), DemoCompany("Blank Slate", "blank", BLANK_PEOPLE), _of(NORTHWIND))


def fill(
    *, say: Say, companies: Sequence[DemoCompany] = COMPANIES, seed: int = SEED
) -> list[tuple[DemoCompany, Company]]:
    """Make and fill what is missing; the demo's companies that are there, newly filled or not.

    A company of the same address that is somebody's own is left alone, and said so.
    """
    found = []
    for demo in companies:
        company = _company(demo, say)
        if company is not None:
            with tenant_context(company):
                if _has(FILLED) or _fill(demo, company, seed, say):
                    found.append((demo, company))
    return found


def _company(demo: DemoCompany, say: Say) -> Company | None:
    company: Company | None = Company.objects.filter(slug=demo.slug).first()
    if company is None:
        say(f"Making {demo.name} ...")
        company = create_company(name=demo.name, slug=demo.slug)
    if SignUp.objects.filter(company=company).exists() or company.state == Company.State.DELETING:
        say(f"{demo.slug} is somebody's own company, or being deleted: left alone.")
        return None
    if company.state == Company.State.PROVISIONING:
        finish(key=f"tenants.provision:{company.pk}")
        company.refresh_from_db()
    return company


def _fill(demo: DemoCompany, company: Company, seed: int, say: Say) -> bool:
    """Fill a company, or finish a fill that died. False: it turned out to be somebody's own."""
    begun = AuditEntry.objects.filter(action=BEGUN).first()
    if begun is None:
        if User.objects.exists() or AuditEntry.objects.exists():
            say(f"{demo.slug} is somebody's own company: left alone.")
            return False
        begun = _begin(demo, company, seed)
    else:
        say(f"Finishing {demo.name}, whose filling was interrupted ...")
    clock = time.monotonic()
    owner = loading.add_people(demo.people, slug=demo.slug, password_hash=_password_hash())
    change_company_settings(company=company, values=demo.settings, by=owner)
    if demo.scenario is not None:
        owners = chain.from_iterable(demo.scenario.owners.values())
        loading.add_managers(owners, slug=demo.slug, password_hash=_password_hash(), by=owner)
        as_of = dt.date.fromisoformat(begun.detail["as_of"])
        _bring_in(demo.scenario, begun.detail["seed"], as_of, owner, say)
    audit.record(by=None, actor_label=LABEL, action=FILLED, subject=company)
    say(f"  {demo.name} is filled ({time.monotonic() - clock:.1f} s).")
    return True


@cache
def _password_hash() -> str:
    """Made once: hashing is slow on purpose, and everybody has the same password."""
    return make_password(PASSWORD)


def _begin(demo: DemoCompany, company: Company, seed: int) -> AuditEntry:
    """Claim the company, and fix the day its history ends, so that a later run ends it there."""
    zone = ZoneInfo(demo.settings.get("timezone", "UTC"))
    as_of = timezone.now().astimezone(zone).date()
    detail = {"seed": seed, "as_of": as_of.isoformat()}
    return audit.record(by=None, actor_label=LABEL, action=BEGUN, subject=company, detail=detail)


def _bring_in(scenario: Scenario, seed: int, as_of: dt.date, owner: User, say: Say) -> None:
    world = build(scenario, seed=seed, as_of=as_of)
    for file in files(world):
        if not is_in(file):
            say(f"  {scenario.name}: importing {file.name} ({file.rows:,} rows) ...")
        loading.load(file, by=owner)
    tag_by_topic(by=owner)
    campaigns = [one for one in past_campaigns(world) if not loading.is_past_in(one)]
    if campaigns:
        say(f"  {scenario.name}: bringing in {len(campaigns)} past campaigns ...")
    for campaign in campaigns:
        loading.bring_in_past(campaign, by=owner)
    give_work(current_company())
    ask_on_occasions(world, by=owner)
    follow_up_on_low_answers()
    bring_in_referrals(by=owner)
    current = current_campaign(world)
    say(f"  {scenario.name}: sending “{current.name}” to {len(current.contacts)} contacts ...")
    loading.send(current, by=owner)
    finish(key=loading.METRICS)
    set_aims(as_of=as_of, by=owner)


def _has(action: str) -> bool:
    return AuditEntry.objects.filter(action=action).exists()
