"""`manage.py build_assets`: what pages load that is not in the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings
from django.core.management.base import BaseCommand

from csm_portal.catalogs import compile_catalogs
from metrics import charts


class Command(BaseCommand):
    help = "Build the charts' script (Vega and our draw.js) and the languages into var/build."

    def handle(self, *args: Any, **options: Any) -> None:
        for code, count in compile_catalogs(Path(settings.BUILT_LANGUAGES)).items():
            if options["verbosity"]:
                self.stdout.write(f"{code}: {count} messages")
        snippet = (Path(charts.__file__).parent / "draw.js").read_text()
        folder = Path(settings.BUILT_ASSETS)
        folder.mkdir(parents=True, exist_ok=True)
        bundle = vl_convert.javascript_bundle(snippet)
        # Whole or not at all: somebody may be serving the old one.
        unfinished = folder / f".charts.{os.getpid()}"
        unfinished.write_text(bundle)
        unfinished.replace(folder / "charts.js")
        if options["verbosity"]:
            self.stdout.write(f"charts.js: {len(bundle) // 1024} KB")
