"""manage.py document_metrics: write docs/metrics.md from the definitions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metrics.documenting import PAGE, page


class Command(BaseCommand):
    help = "Write docs/metrics.md, which says what every metric means."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether it is stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        made = page()
        is_stale = not PAGE.exists() or PAGE.read_text("utf-8") != made
        if options["check"]:
            if is_stale:
                raise CommandError("docs/metrics.md is stale. Run manage.py document_metrics.")
            return
        if is_stale:
            PAGE.write_text(made, "utf-8")
        self.stdout.write(f"{PAGE.name}: {'written' if is_stale else 'fresh'}.")
