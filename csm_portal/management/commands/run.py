"""`manage.py run`: the whole portal on this machine."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from csm_portal.engines import attach
from csm_portal.engines.processes import EngineError
from csm_portal.supervisor import Portal, Stop, stop_on_signals


class Command(BaseCommand):
    """Migrate, collect the static files, then serve until somebody says stop."""

    help = "Start engines, web, workers, beat and (without EMAIL_URL) the mail sink; Ctrl-C stops."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if attach.owned is None:
            raise CommandError("`run` is started through manage.py only.")
        portal = Portal(attach.owned.cluster, attach.owned.web_socket)
        try:
            with stop_on_signals():
                self.prepare()
                self.stdout.write("Starting web, workers and beat ...")
                portal.start()
                self.welcome()
                portal.watch()
        except Stop:
            self.stdout.write("\nStopping ...")
        except EngineError as error:
            raise CommandError(str(error)) from error
        finally:
            portal.stop()

    def prepare(self) -> None:
        """What has to be true before anything serves."""
        self.stdout.write("Migrating ...")
        call_command("migrate_schemas", interactive=False, verbosity=0)
        self.stdout.write("Collecting static files ...")
        call_command("build_assets", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        connection.close()

    def welcome(self) -> None:
        """Say where to go."""
        self.stdout.write(f"\nCSM Portal is at {settings.SITE_URL}/")
        if settings.MAILBOX:
            self.stdout.write(f"Mail it sends is kept at {settings.SITE_URL}/mailbox")
        self.stdout.write("Ctrl-C stops everything.")
        self.stdout.flush()
