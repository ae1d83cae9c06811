"""`manage.py demo`: the whole portal on this machine, with companies to look at."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django_tenants.utils import tenant_context

from csm_portal.demo import fill
from csm_portal.management.commands import run
from metrics.periods import Grain, latest
from metrics.registry import metric
from metrics.values import series
from tenants.links import company_url
from tenants.models import Company


class Command(run.Command):
    """`run`, after filling in the demo companies that are missing."""

    help = "Start everything, like `run`, with three demo companies filled in on first use."

    filled: list[tuple[fill.DemoCompany, Company]]

    def prepare(self) -> None:
        if not settings.IS_DEV:
            raise CommandError("The demo's password is public: it runs with PORTAL_ENV=dev only.")
        super().prepare()
        self.filled = fill.fill(say=self._say)
        connection.close()

    def welcome(self) -> None:
        super().welcome()
        self._say(f"\nSign in at a company; every password is {fill.PASSWORD}\n")
        rows = [
            (company_url(company), f"{role}@{company.slug}.example", role)
            for demo, company in self.filled
            for role in demo.people
        ]
        self._say(_table([("company", "e-mail", "role"), *rows]))
        asking = [company for demo, company in self.filled if demo.scenario is not None]
        if asking and settings.MAILBOX:
            self._say(_three_clicks(asking[-1]))
        connection.close()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _three_clicks(company: Company) -> str:
    return (
        f"\nThree clicks, in a window where nobody is signed in at {company.name}\n"
        "(answers of a company's own users are left out of its figures):\n"
        f"  1. Open the newest mail at {settings.SITE_URL}/mailbox\n"
        "  2. Click a score in it, and send the answer\n"
        f"  3. See NPS move: it is {_nps(company)} this month, and stands at\n"
        f"     {company_url(company, '/metrics/nps/')}\n"
    )


def _nps(company: Company) -> str:
    """The company's NPS of this month so far, as its page shows it."""
    with tenant_context(company):
        today = company.today()
        month = latest(Grain.MONTH, 1, as_of=today)
        (value,) = series(metric("nps"), month, company=company, as_of=today).totals
    return "without answers" if value.value is None else f"{value.value:.1f}"


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(f"  {line}".rstrip() for line in lines)
