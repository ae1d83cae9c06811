"""`manage.py demo`: the whole portal on this machine, with companies to look at."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from csm_portal.demo import fill
from csm_portal.management.commands import run
from tenants.links import company_url
from tenants.models import Company


class Command(run.Command):
    """`run`, after filling in the demo companies that are missing."""

    help = "Start everything, like `run`, with three demo companies filled in on first use."

    companies: list[Company]

    def prepare(self) -> None:
        if not settings.IS_DEV:
            raise CommandError("The demo's password is public: it runs with PORTAL_ENV=dev only.")
        super().prepare()
        self.companies = fill.fill(say=self._say)
        connection.close()

    def welcome(self) -> None:
        super().welcome()
        self._say(f"\nSign in at a company; every password is {fill.PASSWORD}\n")
        people = {demo.slug: demo.people for demo in fill.COMPANIES}
        rows = [
            (company_url(company), f"{role}@{company.slug}.example", role)
            for company in self.companies
            for role in people[company.slug]
        ]
        self._say(_table([("company", "e-mail", "role"), *rows]))
        northwind = next(
            (company for company in self.companies if company.slug == "northwind"), None
        )
        if northwind is not None and settings.MAILBOX:
            self._say(
                "\nThree clicks:\n"
                f"  1. Open the newest mail at {settings.SITE_URL}/mailbox\n"
                "  2. Click a score in it, and send the answer\n"
                f"  3. See NPS move at {company_url(northwind, '/metrics/nps/')}\n"
            )

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(f"  {line}".rstrip() for line in lines)
