"""`manage.py rebuild_ledger --company acme`"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from metrics.actions import ledger
from metrics.models import Movement
from tenants.models import Company


class Command(BaseCommand):
    help = "Make a company's movement ledger anew from its facts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's address (slug)")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company at the address {options['company']}.")
        begun = perf_counter()
        with tenant_context(company):
            ledger.rebuild()
            count = Movement.objects.count()
        self.stdout.write(f"{count} movements in {perf_counter() - begun:.2f} s")
