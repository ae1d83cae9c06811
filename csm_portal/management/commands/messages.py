"""`manage.py messages`: bring the catalogues of every language up to what the sources say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from csm_portal import catalogs


class Command(BaseCommand):
    help = "Write csm_portal/languages anew from the sources, keeping what is translated."

    def handle(self, *args: Any, **options: Any) -> None:
        for code in catalogs.languages():
            for part, waiting in catalogs.renew(code).items():
                self.stdout.write(f"{code}, {part}: {waiting} to translate")
