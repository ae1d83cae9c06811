from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MetricsConfig(AppConfig):
    name = "metrics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from metrics.ledger.migrated import queue_making_anew

        post_migrate.connect(
            queue_making_anew, sender=self, dispatch_uid="metrics.queue_making_anew"
        )
