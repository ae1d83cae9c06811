"""`manage.py bench`: every benchmark, each printing its ratio to a yardstick of the same run."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

import benchmarks


class Command(BaseCommand):
    """Run `run()` of each module in benchmarks/, or of the named ones."""

    help = "Run the benchmarks. Timings never decide a test; ratios within one run mean something."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="Modules in benchmarks/ (default: all).")

    def handle(self, *args: Any, **options: Any) -> None:
        known = [module.name for module in iter_modules(benchmarks.__path__)]
        if unknown := set(options["names"]) - set(known):
            raise CommandError(
                f"No benchmark {', '.join(sorted(unknown))}; there are: {', '.join(known)}."
            )
        call_command("migrate_schemas", interactive=False, verbosity=0)
        for name in options["names"] or known:
            self.stdout.write(f"\n{name}")
            import_module(f"benchmarks.{name}").run()
