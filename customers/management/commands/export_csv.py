"""manage.py export_csv --company acme tickets > tickets.csv"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django_tenants.utils import tenant_context

from accounts.actions import audit
from customers.exports import csv_text, exported_kinds
from customers.imports.kinds import KINDS
from customers.management.commands.import_csv import company_of


class Command(BaseCommand):
    help = "Write a company's facts of a kind as CSV to the standard output, in bounded memory."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kind", choices=[kind.key for kind in exported_kinds()], help="What to write."
        )
        parser.add_argument("--company", required=True, help="The company's slug.")

    def handle(self, *args: Any, **options: Any) -> None:
        with tenant_context(company_of(options["company"])):
            for piece in csv_text(KINDS[options["kind"]], tell=partial(_tell, options["kind"])):
                self.stdout.write(piece, ending="")


def _tell(kind: str, rows: int, is_whole: bool) -> None:
    audit.record(
        by=None,
        action="export.finished",
        subject=kind,
        detail={"rows": rows, "is_whole": is_whole},
        actor_label="manage.py export_csv",
    )
