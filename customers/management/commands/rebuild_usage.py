"""`manage.py rebuild_usage acme`: make usage roll-ups anew from the raw events there are."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from customers.usage.keeping import first_kept_day
from customers.usage.rebuilding import rebuild_usage
from tenants.models import Company


class Command(BaseCommand):
    """Nothing changes where roll-ups are as they should be."""

    help = "Make usage roll-ups anew. Days whose raw events were dropped stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="The company's slug.")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None or company.state != Company.State.READY:
            raise CommandError(f"There is no company {options['company']} that is ready.")
        with tenant_context(company):
            days = rebuild_usage()
            first = first_kept_day()
        kept = f" Days before {first} are a record and stay." if first else ""
        self.stdout.write(f"{days:,} days made anew.{kept}")
