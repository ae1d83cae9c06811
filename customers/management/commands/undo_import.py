"""manage.py undo_import --company acme 12: take an import back, or only say what that would do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from customers.actions.undo import Undone, preview, start_undo
from customers.management.commands.import_csv import REFRESH, company_of, finish_job
from customers.models import Import


class Command(BaseCommand):
    help = "Take an import back: what it brought goes, what it replaced returns."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("import_id", type=int, help="The number in the import's address.")
        parser.add_argument("--company", required=True, help="The company's slug.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say what would be done; change nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with tenant_context(company_of(options["company"])):
            import_ = Import.objects.filter(pk=options["import_id"]).first()
            if import_ is None:
                raise CommandError(f"There is no import {options['import_id']}.")
            try:
                if options["dry_run"]:
                    self._tell(preview(import_=import_))
                    self.stdout.write("This is what an undo would do; nothing was done.")
                    return
                start_undo(import_=import_, by=None)
            except Refused as refusal:
                raise CommandError(refusal.message) from None
            finish_job(import_.job_key, "The undo failed")
            import_.refresh_from_db()
            if import_.state != Import.State.UNDONE:
                raise CommandError(import_.message)
            self._tell(Undone.from_json(import_.undone))
            finish_job(REFRESH, "It is undone, but computing the figures failed")

    def _tell(self, undone: Undone) -> None:
        for effect in undone.effects:
            self.stdout.write(
                f"{effect.label}: {effect.removed:,} removed, {effect.restored:,} restored,"
                f" {effect.kept:,} kept."
            )
        for kept in undone.kept:
            self.stdout.write(f"Kept: {kept}")
        if not undone.effects:
            self.stdout.write("Nothing of it is held any more.")
