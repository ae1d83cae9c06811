"""manage.py create_api_key --company acme --scope read"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.models import Scope
from tenants.models import Company


class Command(BaseCommand):
    help = "Make an API key for a company and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="The company's slug.")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=Scope.values,
            help="What it may do; give it again for more.",
        )
        parser.add_argument("--name", default="Made by command", help="To know it by.")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(slug=options["company"], state=Company.State.READY).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']} that is ready.")
        with tenant_context(company):
            _, key = create_api_key(
                name=options["name"],
                scopes=options["scope"],
                by=None,
                actor_label="manage.py create_api_key",
            )
        self.stdout.write(key)
