"""The health model a company begins with; from then on it is its own to change."""

from typing import Any

from django.db import migrations
from django.utils import timezone

WEIGHTS = {
    "active_users_trend": 15,
    "days_since_use": 15,
    "features_used": 5,
    "licences_used": 5,
    "nps": 10,
    "csat": 5,
    "open_tickets": 5,
    "old_tickets": 10,
    "mrr_change": 10,
    "notice_given": 10,
    "overdue_days": 5,
    "days_since_touchpoint": 5,
}
# Without a curve a signal has its usual one (metrics.health.signals).
RECIPE = {
    "signals": [{"signal": key, "weight": weight} for key, weight in WEIGHTS.items()],
    "green_from": 75,
    "amber_from": 50,
}


def make(apps: Any, schema_editor: Any) -> None:
    models = apps.get_model("metrics", "HealthModel")
    if models.objects.exists():
        return
    model = models.objects.create(name="All customers", position=100)
    model.versions.create(
        number=1,
        recipe=RECIPE,
        note="The model every company begins with.",
        made_by="CSM Portal",
        published_by="CSM Portal",
        published_at=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [("metrics", "0012_health")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
