"""manage.py document_kinds: write docs/data from the kinds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.documenting import FOLDER, pages


class Command(BaseCommand):
    help = "Write the pages of docs/data, which list every column of every kind."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether they are stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        made = pages()
        held = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
        stale = sorted(name for name in {*made, *held} if made.get(name) != held.get(name))
        if options["check"]:
            if stale:
                raise CommandError(f"Stale: {', '.join(stale)}. Run manage.py document_kinds.")
            return
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in stale:
            if name in made:
                (FOLDER / name).write_text(made[name], "utf-8")
            else:
                (FOLDER / name).unlink()
        self.stdout.write(f"{len(stale)} of {len(made)} pages written.")
