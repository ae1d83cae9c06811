"""Run by `manage.py shell` beside a running portal: a company with something on every page.

Prints one line of JSON: its things (tests/filled.py) and a signed-in session of each role.
"""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import User
from benchmarks.metrics.facts import fill_with_everything
from csm_portal.demo.loading import add_people
from customers.models import Source
from metrics.actions import ledger
from tenants.actions.companies import create_company
from tenants.jobs import finish
from tenants.models import Company
from tests.cast import PASSWORD, ROLES
from tests.filled import fill
from tests.finding import things_in


def sessions(company: Company) -> dict[str, str]:
    """{role: the value of the session cookie of a user with it}."""
    found = {}
    with tenant_context(company):
        for role in ROLES:
            client = Client(SERVER_NAME=company.domains.get().domain)
            client.force_login(User.objects.filter(role=role).earliest("pk"))
            found[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


def main(slug: str, customers: int) -> None:
    """A company of `customers` beside the samples', with a user of every role."""
    company = create_company(name=slug.title(), slug=slug)
    finish(key=f"tenants.provision:{company.pk}")
    company.refresh_from_db()
    with tenant_context(company):
        people = {role: f"{role.title()} of {company.name}" for role in ROLES}
        add_people(people, slug=slug, password_hash=make_password(PASSWORD))
        things = fill(company, customers=customers)
    say(company, things)


def main_found(slug: str) -> None:
    """A company that is there, as it is."""
    company = Company.objects.get(slug=slug)
    with tenant_context(company):
        things = things_in(company)
    say(company, things)


def main_big(slug: str, customers: int) -> None:
    """A company of many customers, made in SQL as for benchmarks, with its figures."""
    company = create_company(name=f"{slug.title()} Company", slug=slug)
    finish(key=f"tenants.provision:{company.pk}")
    company.refresh_from_db()
    with tenant_context(company):
        people = {role: f"{role.title()} of {company.name}" for role in ROLES}
        add_people(people, slug=slug, password_hash=make_password(PASSWORD))
        source = Source.objects.create(kind=Source.Kind.COMMAND, label="tests")
        fill_with_everything(
            company, source, customers, tickets=4 * customers, answers=2 * customers
        )
        ledger.refresh(keeps=True)  # as in a company in use: begin to keep values
        ledger.rebuild()
        things = things_in(company)
    say(company, things)


def say(company: Company, things: dict[str, object]) -> None:
    """The line that tests read."""
    told = {"things": things, "sessions": sessions(company), "cookie": settings.SESSION_COOKIE_NAME}
    print(f"FILLED {json.dumps(told, default=str)}")  # noqa: T201
