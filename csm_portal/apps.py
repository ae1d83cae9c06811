"""Wiring: the registries that lower apps offer are filled here."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "csm_portal"

    def ready(self) -> None:
        from csm_portal import celery, registries

        celery.app.set_default()
        # Every process may queue jobs, so every process knows their kinds.
        celery.app.autodiscover_tasks(celery.APPS, force=True)
        registries.fill()
