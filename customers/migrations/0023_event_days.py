"""What happened lately and what is ahead, by day: surveys on events look for it every minute."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline

CURRENT = models.Q(superseded_at=None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0022_tasks"),
    ]

    operations = [
        AddIndexOnline(
            model_name="ticket",
            index=models.Index(
                fields=["resolved_at"],
                condition=models.Q(superseded_at=None, resolved_at__isnull=False),
                name="ticket_resolved_lately",
            ),
        ),
        AddIndexOnline(
            model_name="milestone",
            index=models.Index(
                fields=["reached_on"],
                condition=models.Q(superseded_at=None, reached_on__isnull=False),
                name="milestone_reached_lately",
            ),
        ),
        AddIndexOnline(
            model_name="renewal",
            index=models.Index(fields=["renews_on"], condition=CURRENT, name="renewal_ahead"),
        ),
        AddIndexOnline(
            model_name="term",
            index=models.Index(
                fields=["ends_on"],
                condition=models.Q(superseded_at=None, ends_on__isnull=False),
                name="term_ending",
            ),
        ),
    ]
