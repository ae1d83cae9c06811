"""manage.py document_metrics: write docs/metrics.md and docs/health-signals.md from the
definitions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metrics import documenting
from metrics.health import documenting as health

PAGES = {documenting.PAGE: documenting.page, health.PAGE: health.page}


class Command(BaseCommand):
    help = "Write the pages that say what every metric and every signal of health means."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether it is stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        for path, page in PAGES.items():
            made = page()
            is_stale = not path.exists() or path.read_text("utf-8") != made
            if is_stale and options["check"]:
                raise CommandError(f"docs/{path.name} is stale. Run manage.py document_metrics.")
            if is_stale:
                path.write_text(made, "utf-8")
            self.stdout.write(f"{path.name}: {'written' if is_stale else 'fresh'}.")
